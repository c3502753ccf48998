import { duplicate, forbiddenField, notSupported, Path, required, type FieldError } from "../../../lib/field-error.ts";
import { check, immutable, sameValue } from "../../field-checks.ts";
import type { TopologySelectorTerm } from "../../types/core-v1.generated.ts";
import type { StorageClass } from "../../types/storage-v1.generated.ts";
import { isQualifiedName } from "../../values/names.ts";
import { validateParameters, validateProvisioner } from "../driver.ts";

const RECLAIM_POLICIES = ["Delete", "Retain"];
const BINDING_MODES = ["Immediate", "WaitForFirstConsumer"];

export function validateStorageClass(obj: StorageClass): FieldError[] {
  const { reclaimPolicy, volumeBindingMode } = obj;
  return [
    ...validateProvisioner(obj.provisioner, "provisioner"),
    ...validateParameters(obj.parameters, "parameters", { allowEmpty: true }),
    ...(reclaimPolicy && !RECLAIM_POLICIES.includes(reclaimPolicy) ? [notSupported("reclaimPolicy", reclaimPolicy, RECLAIM_POLICIES)] : []),
    ...(volumeBindingMode && !BINDING_MODES.includes(volumeBindingMode) ? [notSupported("volumeBindingMode", volumeBindingMode, BINDING_MODES)] : []),
    ...validateTopologies(obj.allowedTopologies ?? []),
  ];
}

export function validateStorageClassUpdate(obj: StorageClass, old: StorageClass): FieldError[] {
  const errors: FieldError[] = [];
  if (!sameValue(obj.parameters, old.parameters)) errors.push(forbiddenField("parameters", "updates to parameters are forbidden."));
  if (obj.provisioner !== old.provisioner) errors.push(forbiddenField("provisioner", "updates to provisioner are forbidden."));
  if (obj.reclaimPolicy !== old.reclaimPolicy) errors.push(forbiddenField("reclaimPolicy", "updates to reclaimPolicy are forbidden."));
  return [...errors, ...immutable("volumeBindingMode", obj.volumeBindingMode, old.volumeBindingMode)];
}

function validateTopologies(terms: readonly TopologySelectorTerm[]): FieldError[] {
  const seen = new Set<string>();
  return terms.flatMap((term, i) => {
    const errors = validateTopology(term, i, seen);
    seen.add(textOf(term));
    return errors;
  });
}

function validateTopology(term: TopologySelectorTerm, index: number, before: ReadonlySet<string>): FieldError[] {
  const path = Path.of("allowedTopologies").index(index).child("matchLabelExpressions");
  const keys = new Set<string>();
  const errors = (term.matchLabelExpressions ?? []).flatMap(({ key = "", values = [] }, i) => {
    const at = path.index(i);
    const own: FieldError[] = values.length === 0 ? [required(at.child("values"))] : [];
    const known = new Set<string>();
    values.forEach((value, v) => {
      if (known.has(value)) own.push(duplicate(at.child("values").index(v), value));
      known.add(value);
    });
    own.push(...check(`${at}.key`, key, isQualifiedName));
    if (keys.has(key)) own.push(duplicate(at.child("key"), key));
    keys.add(key);
    return own;
  });
  if (before.has(textOf(term))) errors.push(duplicate(path, ""));
  return errors;
}

/** The same whatever the order of keys and values. */
const textOf = (term: TopologySelectorTerm): string =>
  JSON.stringify((term.matchLabelExpressions ?? []).map(({ key, values }) => [key, [...(values ?? [])].sort()]).sort());
