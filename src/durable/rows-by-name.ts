import type { SqlStore } from "./sql-store.ts";
import type { StoredObject } from "./store.ts";

/** The objects of a name: one, or with the selector `metadata.name` over all namespaces perhaps several. */
export function rowsByName(store: SqlStore, key: { resource: string; namespace?: string; name: string }, at: number): StoredObject[] {
  const { resource, namespace, name } = key;
  const row = store.transaction.getAt({ resource, namespace: namespace ?? "", name }, at);
  if (row || namespace !== undefined) return row ? [row] : [];
  const found: StoredObject[] = [];
  for (const candidate of store.transaction.list(resource, { at })) if (candidate.name === name) found.push(candidate);
  return found;
}
