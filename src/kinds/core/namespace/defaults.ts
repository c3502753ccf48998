import type { Namespace } from "../../types/core-v1.generated.ts";

/** The label by which selectors find a namespace by name. */
const NAME_LABEL = "kubernetes.io/metadata.name";

export function defaultNamespace(obj: Namespace): void {
  obj.spec ??= {};
  obj.status ??= {};
  obj.status.phase ||= "Active";
  if (obj.metadata.name) obj.metadata.labels = { ...obj.metadata.labels, [NAME_LABEL]: obj.metadata.name };
}
