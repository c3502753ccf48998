import type { ManagedFieldsEntry } from "../../../kinds/object.ts";
import { asRoot, equalSets, isEmpty, sorted, union, type FieldSet } from "./field-set.ts";
import { isJsonObject } from "../../../lib/json-value.ts";
import { textOrder } from "../../../lib/text-order.ts";

/** One entry of metadata.managedFields, its set decoded. Never changed in place. */
export interface Manager {
  manager: string;
  operation: "Apply" | "Update";
  apiVersion: string;
  subresource: string;
  time: string | undefined;
  fields: FieldSet;
}

/** Managers by identity: an apply of any version is one manager, updates are one per version. */
export type Managers = Map<string, Manager>;

export const identityOf = (m: Omit<Manager, "fields" | "time">): string =>
  JSON.stringify([m.manager, m.operation, m.operation === "Apply" ? "" : m.apiVersion, m.subresource]);

/** Undefined if an entry is malformed: upstream then keeps what was there before. */
export function decodeManagers(entries: readonly ManagedFieldsEntry[] | undefined): Managers | undefined {
  const managers: Managers = new Map();
  for (const entry of entries ?? []) {
    if (entry.operation !== "Apply" && entry.operation !== "Update") return undefined;
    if (!entry.apiVersion || entry.fieldsType !== "FieldsV1" || !isFieldSet(entry.fieldsV1 ?? {})) return undefined;
    const manager: Manager = {
      manager: entry.manager ?? "", operation: entry.operation, apiVersion: entry.apiVersion, subresource: entry.subresource ?? "",
      time: entry.time, fields: asRoot((entry.fieldsV1 ?? {}) as unknown as FieldSet),
    };
    managers.set(identityOf(manager), manager);
  }
  return managers;
}

export const areManagers = (entries: readonly ManagedFieldsEntry[] | undefined): boolean => decodeManagers(entries) !== undefined;

export function encodeManagers(managers: Managers): ManagedFieldsEntry[] | undefined {
  if (managers.size === 0) return undefined;
  return [...managers.values()].sort(inOrder).map((m) => ({
    ...(m.manager !== "" && { manager: m.manager }),
    operation: m.operation,
    apiVersion: m.apiVersion,
    ...(m.time !== undefined && { time: m.time }),
    fieldsType: "FieldsV1",
    fieldsV1: m.fields as unknown as Record<string, unknown>,
    ...(m.subresource !== "" && { subresource: m.subresource }),
  }));
}

/** A new set for one manager; an empty one removes it. */
export function setFields(managers: Managers, id: string, manager: Manager): void {
  if (isEmpty(manager.fields)) managers.delete(id);
  else managers.set(id, manager);
}

export const withFields = (manager: Manager, fields: FieldSet): Manager => (fields === manager.fields ? manager : { ...manager, fields });

export const sameManagers = (a: Managers, b: Managers): boolean =>
  a.size === b.size && [...a].every(([id, m]) => { const other = b.get(id); return other !== undefined && other.apiVersion === m.apiVersion && equalSets(other.fields, m.fields); });

const updateManagersMax = 10;

/** More than ten updaters of one object: the oldest of each version are taken together as `ancient-changes`. */
export function capUpdateManagers(managers: Managers): void {
  const updaters = [...managers].filter(([, m]) => m.operation === "Update");
  let count = updaters.length;
  if (count <= updateManagersMax) return;
  updaters.sort(([idA, a], [idB, b]) => textOrder(a.time ?? "", b.time ?? "") || textOrder(idA, idB));
  const firstOfVersion = new Map<string, string>();
  for (const [id, manager] of updaters) {
    if (count <= updateManagersMax) return;
    const first = firstOfVersion.get(manager.apiVersion);
    if (first === undefined) { firstOfVersion.set(manager.apiVersion, id); continue; }
    const ancient: Manager = { ...manager, manager: "ancient-changes", subresource: "" };
    const ancientId = identityOf(ancient);
    const before = managers.get(ancientId) ?? managers.get(first)!;
    if (!managers.has(ancientId)) managers.delete(first);
    managers.delete(id);
    managers.set(ancientId, { ...ancient, fields: sorted(union(manager.fields, before.fields)) });
    count--;
  }
}

const inOrder = (a: Manager, b: Manager): number =>
  textOrder(a.operation, b.operation) || textOrder(a.time ?? "", b.time ?? "") || textOrder(a.manager, b.manager)
  || textOrder(a.apiVersion, b.apiVersion) || textOrder(a.subresource, b.subresource);

/** A client may send any JSON here; elements must be of a known sort, and keys must parse. */
function isFieldSet(value: unknown, depth = 0): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value) || depth > 200) return false;
  for (const key in value) if (!isElement(key) || !isFieldSet((value as Record<string, unknown>)[key], depth + 1)) return false;
  return true;
}

function isElement(key: string): boolean {
  if (key === ".") return true;
  if (key.startsWith("f:")) return true;
  if (key.startsWith("i:")) return /^i:-?\d+$/.test(key);
  if (!key.startsWith("k:") && !key.startsWith("v:")) return false;
  try {
    const parsed: unknown = JSON.parse(key.slice(2));
    return key.startsWith("v:") || isJsonObject(parsed);
  } catch {
    return false;
  }
}
