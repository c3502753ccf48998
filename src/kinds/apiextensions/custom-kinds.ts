/** The kinds that the cluster's CustomResourceDefinitions describe, as the registry's catalog asks for them. */
import type { Kind } from "../kind.ts";
import type { Reader } from "../transaction.ts";
import type { CustomResourceDefinition } from "../types/apiextensions-v1.generated.ts";
import { kindFromCrd } from "./custom-resource-definition/kind-from-crd.ts";
import { customResourceDefinition } from "./custom-resource-definition/kind.ts";
import { isTrue } from "./custom-resource-definition/status.ts";

export const customKinds = {
  kindFor: (reader: Reader, group: string, resource: string): Kind | undefined =>
    group.includes(".") ? established(reader, reader.get(customResourceDefinition, undefined, `${resource}.${group}`)) : undefined,

  kindOf: (reader: Reader, group: string, kind: string): Kind | undefined =>
    group.includes(".")
      ? established(reader, reader.list(customResourceDefinition, { field: { path: "kindAndGroup", value: `${kind}.${group}` } }).find(isEstablished))
      : undefined,

  *all(reader: Reader): Iterable<Kind> {
    for (const crd of reader.list(customResourceDefinition)) {
      const kind = established(reader, crd);
      if (kind) yield kind;
    }
  },
};

const isEstablished = (crd: CustomResourceDefinition): boolean => isTrue(crd, "Established");

interface Kept { uid: string; resourceVersion: string; kind: Kind }

/** A kind stays the same object while its definition's revision does, also when the store reads that anew. */
const keptOf = new WeakMap<object, Map<string, Kept>>();
const keptMax = 2000;

function established(reader: Reader, crd: CustomResourceDefinition | undefined): Kind | undefined {
  if (!crd || !isEstablished(crd)) return undefined;
  if (!reader.scope) return kindFromCrd(crd);
  let kept = keptOf.get(reader.scope);
  if (!kept) keptOf.set(reader.scope, (kept = new Map()));
  const { name = "", uid = "", resourceVersion = "" } = crd.metadata;
  const known = kept.get(name);
  if (known && known.uid === uid && known.resourceVersion === resourceVersion) return known.kind;
  const kind = kindFromCrd(crd);
  if (kept.size >= keptMax) kept.delete(kept.keys().next().value!);
  kept.set(name, { uid, resourceVersion, kind });
  return kind;
}
