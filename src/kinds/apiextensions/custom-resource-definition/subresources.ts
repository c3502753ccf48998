import type { ObjectMeta } from "../../object.ts";
import type { KubeObject } from "../../object.ts";
import type { Subresource } from "../../kind.ts";
import { restoreAllBut } from "../../status-subresource.ts";
import type { CustomResourceDefinitionVersion } from "../../types/apiextensions-v1.generated.ts";
import { findFirst, parseJsonPath } from "./json-path.ts";
import { validateCustomStatus } from "./validate-custom-resource.ts";
import { textOf } from "../../../lib/json-value.ts";

/** The doors that a version of a definition opens besides the main one. */
export function customSubresources({ subresources, schema }: CustomResourceDefinitionVersion): Record<string, Subresource> {
  const scale = subresources?.scale;
  const selectorPath = scale?.labelSelectorPath ? parseJsonPath(scale.labelSelectorPath) : undefined;
  return {
    ...(subresources?.status && { status: {
      type: "view", verbs: ["get", "update", "patch"],
      prepareForUpdate: keepAllButStatus,
      validateUpdate: (obj, old) => validateCustomStatus(obj, { schema: schema?.openAPIV3Schema, scale, old }),
    } as Subresource<KubeObject> }),
    ...(scale && { scale: {
      type: "scale", specReplicasPath: scale.specReplicasPath, statusReplicasPath: scale.statusReplicasPath, mayBeUnset: true,
      selector: (obj: KubeObject) => textOf(selectorPath ? findFirst(obj, selectorPath) : undefined),
    } as const }),
  };
}

/** Unlike those of built-in kinds, this door leaves metadata as it was too, as upstream. */
function keepAllButStatus(obj: KubeObject, old: KubeObject): void {
  restoreAllBut(obj, old, "status");
  const { managedFields, resourceVersion } = obj.metadata;
  const metadata: ObjectMeta = { ...old.metadata, ...(resourceVersion !== undefined && { resourceVersion }) };
  delete metadata.managedFields;
  if (managedFields) metadata.managedFields = managedFields;
  obj.metadata = metadata;
}
