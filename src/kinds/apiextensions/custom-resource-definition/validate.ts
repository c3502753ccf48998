import { deepEqual } from "../../../lib/deep-equal.ts";
import { duplicate, invalidValue, notSupported, Path, required, type FieldError } from "../../../lib/field-error.ts";
import type { CustomResourceColumnDefinition, CustomResourceDefinition, CustomResourceDefinitionNames, CustomResourceDefinitionVersion } from "../../types/apiextensions-v1.generated.ts";
import { isDns1035Label, isDns1123Subdomain } from "../../values/names.ts";
import { parseJsonPath } from "./json-path.ts";
import { isTrue } from "./status.ts";
import { validateRules } from "./validate-rules.ts";
import { validateSchema } from "./validate-schema.ts";

const spec = Path.of("spec");

export function validateCustomResourceDefinition(crd: CustomResourceDefinition, _ctx: unknown, old?: CustomResourceDefinition): FieldError[] {
  const errors = validateGroup(crd);
  const { names, scope, versions = [], conversion } = crd.spec;
  const expected = `${names?.plural ?? ""}.${crd.spec.group}`;
  if (crd.metadata.name !== expected) errors.push(invalidValue("metadata.name", crd.metadata.name ?? "", `must be spec.names.plural+"."+spec.group`));
  if (!scope) errors.push(required(spec.child("scope")));
  else if (scope !== "Cluster" && scope !== "Namespaced") errors.push(notSupported(spec.child("scope"), scope, ["Cluster", "Namespaced"]));
  const seen = new Set<string>();
  versions.forEach((version, i) => errors.push(...validateVersion(version, spec.child("versions").index(i), old?.spec.versions?.find((v) => v.name === version.name))));
  for (const { name } of versions) {
    if (seen.has(name)) { errors.push(invalidValue(spec.child("versions"), versions, "must contain unique version names")); break; }
    seen.add(name);
  }
  if (versions.filter((v) => v.storage).length !== 1) errors.push(invalidValue(spec.child("versions"), versions, "must have exactly one version marked as storage version"));
  errors.push(...validateNames(names ?? { plural: "", kind: "" }, spec.child("names")));
  if (conversion && conversion.strategy !== "None" && conversion.strategy !== "Webhook") errors.push(notSupported(spec.child("conversion", "strategy"), conversion.strategy, ["None", "Webhook"]));
  if (conversion?.strategy === "Webhook") {
    if (!conversion.webhook?.clientConfig) errors.push(required(spec.child("conversion", "webhookClientConfig"), "required when strategy is set to Webhook"));
    if (!conversion.webhook?.conversionReviewVersions?.length) errors.push(required(spec.child("conversion", "conversionReviewVersions")));
  }
  if (crd.spec.preserveUnknownFields) errors.push(invalidValue(spec.child("preserveUnknownFields"), true, "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"));
  errors.push(...validateStoredVersions(crd));
  return errors;
}

export function validateCustomResourceDefinitionUpdate(crd: CustomResourceDefinition, old: CustomResourceDefinition): FieldError[] {
  const errors: FieldError[] = [];
  const immutable = (path: Path, now: unknown, before: unknown) => {
    if (!deepEqual(now, before)) errors.push(invalidValue(path, now, "field is immutable"));
  };
  immutable(spec.child("group"), crd.spec.group, old.spec.group);
  immutable(spec.child("names", "plural"), crd.spec.names.plural, old.spec.names.plural);
  if (isTrue(old, "Established")) {
    immutable(spec.child("scope"), crd.spec.scope, old.spec.scope);
    immutable(spec.child("names", "kind"), crd.spec.names.kind, old.spec.names.kind);
  }
  return errors;
}

function validateGroup(crd: CustomResourceDefinition): FieldError[] {
  const { group } = crd.spec;
  const at = spec.child("group");
  if (!group) return [required(at)];
  const wrong = isDns1123Subdomain(group);
  if (wrong.length > 0) return [invalidValue(at, group, wrong.join(","))];
  if (group.split(".").length < 2) return [invalidValue(at, group, "should be a domain with at least one dot")];
  return validateApproval(crd);
}

const approval = "api-approved.kubernetes.io";

/** Kubernetes' own domains are for what its maintainers approved. */
function validateApproval({ spec: { group }, metadata }: CustomResourceDefinition): FieldError[] {
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(group)) return [];
  const value = metadata.annotations?.[approval];
  const at = Path.of("metadata", "annotations").key(approval);
  if (!value) return [required(at, `protected groups must have approval annotation "${approval}", see https://github.com/kubernetes/enhancements/pull/1111`)];
  if (value.startsWith("unapproved") || URL.canParse(value)) return [];
  return [invalidValue(at, value, `protected groups must have approval annotation "${approval}" with either a URL or a reason starting with "unapproved", see https://github.com/kubernetes/enhancements/pull/1111`)];
}

function validateVersion(version: CustomResourceDefinitionVersion, path: Path, old: CustomResourceDefinitionVersion | undefined): FieldError[] {
  const errors: FieldError[] = [];
  const wrong = isDns1035Label(version.name ?? "");
  if (wrong.length > 0) errors.push(invalidValue(path.child("name"), version.name ?? "", wrong.join(",")));
  const schema = version.schema?.openAPIV3Schema;
  const at = path.child("schema", "openAPIV3Schema");
  if (!schema) errors.push(required(at));
  else {
    const wrongSchema = validateSchema(schema, at);
    // Rules rely on the schema; what was accepted once stays.
    errors.push(...wrongSchema, ...(wrongSchema.length > 0 || deepEqual(schema, old?.schema?.openAPIV3Schema) ? [] : validateRules(schema, at)));
  }
  if (version.deprecationWarning !== undefined) {
    if (!version.deprecated) errors.push(invalidValue(path.child("deprecationWarning"), version.deprecationWarning, "can only be set for deprecated versions"));
    else if (version.deprecationWarning === "" || version.deprecationWarning.length > 256) errors.push(invalidValue(path.child("deprecationWarning"), version.deprecationWarning, "must be between 1 and 256 characters"));
  }
  version.additionalPrinterColumns?.forEach((column, i) => errors.push(...validateColumn(column, path.child("additionalPrinterColumns").index(i))));
  errors.push(...validateScale(version, path.child("subresources", "scale")));
  const fields = new Set<string>();
  version.selectableFields?.forEach(({ jsonPath }, i) => {
    const fieldAt = path.child("selectableFields").index(i).child("jsonPath");
    if (!jsonPath) errors.push(required(fieldAt));
    else if (!/^(\.[^.[\]*]+)+$/.test(jsonPath)) errors.push(invalidValue(fieldAt, jsonPath, "is an invalid path"));
    else if (jsonPath.startsWith(".metadata")) errors.push(invalidValue(fieldAt, jsonPath, "must not point to fields in metadata"));
    else if (fields.has(jsonPath)) errors.push(duplicate(fieldAt, jsonPath));
    fields.add(jsonPath);
  });
  if ((version.selectableFields?.length ?? 0) > 8) errors.push({ reason: "FieldValueTooMany", field: path.child("selectableFields").text, message: `Too many: ${version.selectableFields!.length}: must have at most 8 items` });
  return errors;
}

const columnTypes = ["boolean", "date", "integer", "number", "string"];
const columnFormats = ["binary", "byte", "date", "date-time", "double", "float", "int32", "int64", "password"];

function validateColumn(column: CustomResourceColumnDefinition, path: Path): FieldError[] {
  const errors: FieldError[] = [];
  const oneOf = (list: string[]) => `must be one of ${list.join(",")}`;
  if (!column.name) errors.push(required(path.child("name")));
  if (!column.type) errors.push(required(path.child("type"), oneOf(columnTypes)));
  else if (!columnTypes.includes(column.type)) errors.push(invalidValue(path.child("type"), column.type, oneOf(columnTypes)));
  if (column.format && !columnFormats.includes(column.format)) errors.push(invalidValue(path.child("format"), column.format, oneOf(columnFormats)));
  if (!column.jsonPath) errors.push(required(path.child("JSONPath")));
  else errors.push(...simplePath(column.jsonPath, path.child("JSONPath")));
  return errors;
}

function simplePath(text: string, path: Path): FieldError[] {
  if (!text.startsWith(".")) return [invalidValue(path, text, "must be a simple json path starting with .")];
  return parseJsonPath(text) ? [] : [invalidValue(path, text, "must be a json path in the dot notation")];
}

function validateScale(version: CustomResourceDefinitionVersion, path: Path): FieldError[] {
  const scale = version.subresources?.scale;
  if (!scale) return [];
  const errors: FieldError[] = [];
  const under = (name: "specReplicasPath" | "statusReplicasPath" | "labelSelectorPath", roots: RegExp, text: string) => {
    const value = scale[name];
    if (!value) { if (name !== "labelSelectorPath") errors.push(required(path.child(name))); return; }
    if (!/^(\.[^.[\]*]+)+$/.test(value)) errors.push(invalidValue(path.child(name), value, "must be a json path in the dot notation"));
    else if (!roots.test(value)) errors.push(invalidValue(path.child(name), value, text));
  };
  under("specReplicasPath", /^\.spec\./, "should be a json path under .spec");
  under("statusReplicasPath", /^\.status\./, "should be a json path under .status");
  under("labelSelectorPath", /^\.(spec|status)\./, "should be a json path under either .spec or .status");
  return errors;
}

function validateNames(names: CustomResourceDefinitionNames, path: Path): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ["plural", "singular", "kind", "listKind"] as const) {
    const name = names[field];
    if (!name) { errors.push(required(path.child(field))); continue; }
    const mayBeMixed = field === "kind" || field === "listKind";
    const wrong = isDns1035Label(mayBeMixed ? name.toLowerCase() : name);
    if (wrong.length > 0) errors.push(invalidValue(path.child(field), name, (mayBeMixed ? "may have mixed case, but should otherwise match: " : "") + wrong.join(",")));
  }
  for (const field of ["shortNames", "categories"] as const) {
    names[field]?.forEach((name, i) => {
      const wrong = isDns1035Label(name);
      if (wrong.length > 0) errors.push(invalidValue(path.child(field).index(i), name, wrong.join(",")));
    });
  }
  if (names.kind && names.kind === names.listKind) errors.push(invalidValue(path.child("listKind"), names.listKind, "kind and listKind may not be the same"));
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
