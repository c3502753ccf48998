import type { KubeObject } from "../../object.ts";
import type { Reader } from "../../transaction.ts";
import type { StorageClass } from "../../types/storage-v1.generated.ts";
import { isDefaultClass } from "./is-default.ts";
import { storageClass } from "./kind.ts";

/** Of several the newest, and of those made at once the first by name. */
export const defaultClass = (reader: Reader): StorageClass | undefined => newest(reader.list(storageClass).filter(isDefaultClass));

export function newest<T extends KubeObject>(classes: readonly T[]): T | undefined {
  const madeMs = (obj: KubeObject) => Date.parse(obj.metadata.creationTimestamp ?? "");
  return [...classes].sort((a, b) => madeMs(b) - madeMs(a) || (a.metadata.name! < b.metadata.name! ? -1 : 1))[0];
}
