import { deepEqual } from "../../../lib/deep-equal.ts";
import { invalidValue, notSupported, Path, required, type FieldError } from "../../../lib/field-error.ts";
import type { CustomResourceDefinition, CustomResourceDefinitionNames } from "../../types/apiextensions-v1.generated.ts";
import { isDns1035Label, isDns1123Subdomain } from "../../values/names.ts";
import { validateApproval } from "./api-approval.ts";
import { isTrue } from "./status.ts";
import { validateConversion } from "./validate-conversion.ts";
import { validateVersions } from "./validate-versions.ts";

const spec = Path.of("spec");
const scopes = ["Cluster", "Namespaced"];

export function validateCustomResourceDefinition(crd: CustomResourceDefinition, _ctx: unknown, old?: CustomResourceDefinition): FieldError[] {
  const { names, scope, conversion } = crd.spec;
  const errors: FieldError[] = [];
  const expected = `${names?.plural ?? ""}.${crd.spec.group}`;
  if (crd.metadata.name !== expected) errors.push(invalidValue("metadata.name", crd.metadata.name ?? "", `must be spec.names.plural+"."+spec.group`));
  errors.push(...validateGroup(crd.spec.group));
  if (!scope) errors.push(required(spec.child("scope")));
  else if (!scopes.includes(scope)) errors.push(notSupported(spec.child("scope"), scope, scopes));
  errors.push(...validateVersions(crd, spec, old));
  errors.push(...validateNames(names ?? { plural: "", kind: "" }, spec.child("names")));
  errors.push(...validateConversion(conversion, spec.child("conversion"), old?.spec.conversion));
  errors.push(...validateStoredVersions(crd), ...validateApproval(crd, old));
  if (crd.spec.preserveUnknownFields && !old?.spec.preserveUnknownFields) errors.push(invalidValue(spec.child("preserveUnknownFields"), true, "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"));
  return errors;
}

export function validateCustomResourceDefinitionUpdate(crd: CustomResourceDefinition, old: CustomResourceDefinition): FieldError[] {
  const errors: FieldError[] = [];
  const immutable = (path: Path, now: unknown, before: unknown) => {
    if (!deepEqual(now, before)) errors.push(invalidValue(path, now, "field is immutable"));
  };
  if (isTrue(old, "Established")) {
    immutable(spec.child("scope"), crd.spec.scope, old.spec.scope);
    immutable(spec.child("names", "kind"), crd.spec.names.kind, old.spec.names.kind);
  }
  immutable(spec.child("group"), crd.spec.group, old.spec.group);
  immutable(spec.child("names", "plural"), crd.spec.names.plural, old.spec.names.plural);
  return errors;
}

export const validateDefinitionStatus = (crd: CustomResourceDefinition): FieldError[] =>
  wellFormedNames(crd.status?.acceptedNames ?? {}, Path.of("status", "acceptedNames"));

function validateGroup(group: string | undefined): FieldError[] {
  const at = spec.child("group");
  if (!group) return [required(at)];
  const wrong = isDns1123Subdomain(group);
  if (wrong.length > 0) return [invalidValue(at, group, wrong.join(","))];
  return group.includes(".") ? [] : [invalidValue(at, group, "should be a domain with at least one dot")];
}

const single = ["plural", "singular", "kind", "listKind"] as const;

function validateNames(names: CustomResourceDefinitionNames, path: Path): FieldError[] {
  return [...single.filter((field) => !names[field]).map((field) => required(path.child(field))), ...wellFormedNames(names, path)];
}

function wellFormedNames(names: Partial<CustomResourceDefinitionNames>, path: Path): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of single) {
    const name = names[field];
    if (!name) continue;
    const mayBeMixed = field === "kind" || field === "listKind";
    const wrong = isDns1035Label(mayBeMixed ? name.toLowerCase() : name);
    if (wrong.length > 0) errors.push(invalidValue(path.child(field), name, (mayBeMixed ? "may have mixed case, but should otherwise match: " : "") + wrong.join(",")));
  }
  const list = (field: "shortNames" | "categories") => names[field]?.forEach((name, i) => {
    const wrong = isDns1035Label(name);
    if (wrong.length > 0) errors.push(invalidValue(path.child(field).index(i), name, wrong.join(",")));
  });
  list("shortNames");
  if (names.kind && names.kind === names.listKind) errors.push(invalidValue(path.child("listKind"), names.listKind, "kind and listKind may not be the same"));
  list("categories");
  return errors;
}

function validateStoredVersions(crd: CustomResourceDefinition): FieldError[] {
  const at = Path.of("status", "storedVersions");
  const stored = crd.status?.storedVersions ?? [];
  if (stored.length === 0) return [invalidValue(at, stored, "must have at least one stored version")];
  const known = new Set(crd.spec.versions?.map((v) => v.name));
  return stored.flatMap((name, i) => known.has(name) ? [] : [invalidValue(at.index(i), name,
    `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`)]);
}
