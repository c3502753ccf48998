import { duplicate, invalidValue, required, type FieldError } from "../../../lib/field-error.ts";
import { check, immutable } from "../../field-checks.ts";
import type { CSINode, CSINodeDriver } from "../../types/storage-v1.generated.ts";
import { isQualifiedName } from "../../values/names.ts";
import { validateDriverName } from "../driver.ts";

const NODE_ID_MAX = 192;

export function validateCsiNode({ spec }: CSINode): FieldError[] {
  const names = new Set<string>();
  return (spec?.drivers ?? []).flatMap((driver, i) => {
    const path = `spec.drivers[${i}]`;
    const errors = validateDriver(driver, path);
    if (names.has(driver.name)) errors.push(duplicate(`${path}.name`, driver.name));
    names.add(driver.name);
    return [...errors, ...validateTopologyKeys(driver.topologyKeys ?? [], path)];
  });
}

/** A driver's entry may come and go; of one that stays only the limit may change. */
export function validateCsiNodeUpdate(obj: CSINode, old: CSINode): FieldError[] {
  const fixed = ({ allocatable: _allocatable, ...rest }: CSINodeDriver) => rest;
  return (old.spec.drivers ?? []).flatMap((was) =>
    (obj.spec.drivers ?? []).filter((driver) => driver.name === was.name).flatMap((driver) => immutable("spec.drivers", fixed(driver), fixed(was))));
}

function validateDriver({ name, nodeID, allocatable }: CSINodeDriver, path: string): FieldError[] {
  const errors = validateDriverName(name, `${path}.name`);
  if (!nodeID) errors.push(required(`${path}.nodeID`));
  else if (nodeID.length > NODE_ID_MAX) errors.push(invalidValue(`${path}.nodeID`, nodeID, `must be ${NODE_ID_MAX} characters or less`));
  if ((allocatable?.count ?? 0) < 0) errors.push(invalidValue(`${path}.allocatable.count`, allocatable?.count, "must be greater than or equal to 0"));
  return errors;
}

const validateTopologyKeys = (keys: readonly string[], path: string): FieldError[] => keys.flatMap((key, i) => [
  ...(key === "" ? [required(path)] : []),
  ...(keys.indexOf(key) < i ? [duplicate(path, key)] : []),
  ...check(path, key, isQualifiedName),
]);
