import { type FieldError, forbiddenField } from "../../../lib/field-error.ts";
import { sameValue } from "../../field-checks.ts";
import type { Subresource } from "../../kind.ts";
import { keepMetadata, restore } from "../../status-subresource.ts";
import type { Pod } from "../../types/core-v1.generated.ts";
import { isMirrorPod } from "./annotations.ts";

/** kubectl debug: containers are added to a pod, and never taken away or changed. */
export const ephemeralContainers: Subresource<Pod> = {
  type: "view",
  verbs: ["get", "update", "patch"],
  prepareForUpdate(obj, old) {
    const containers = obj.spec?.ephemeralContainers;
    const { ephemeralContainers: _, ...rest } = old.spec!;
    obj.spec = { ...rest, ...(containers && { ephemeralContainers: containers }) };
    restore(obj, old, "status");
    keepMetadata(obj, old);
  },
  validateUpdate,
};

function validateUpdate(obj: Pod, old: Pod): FieldError[] {
  if (isMirrorPod(old)) return [forbiddenField("", "static pods do not support ephemeral containers")];
  const path = "spec.ephemeralContainers";
  return (old.spec?.ephemeralContainers ?? []).flatMap((before) => {
    const now = obj.spec?.ephemeralContainers?.find((container) => container.name === before.name);
    if (!now) return [forbiddenField(path, `existing ephemeral containers "${before.name}" may not be removed\n`)];
    return sameValue(now, before) ? [] : [forbiddenField(path, `existing ephemeral containers "${before.name}" may not be changed\n`)];
  });
}
