import type { Subresource } from "../../kind.ts";
import type { Pod } from "../../types/core-v1.generated.ts";
import { restore } from "../../status-subresource.ts";

/** kubectl debug: containers are added to a running pod, and never taken away or changed. */
export const ephemeralContainers: Subresource<Pod> = {
  type: "view",
  verbs: ["get", "update", "patch"],
  prepareForUpdate(obj, old) {
    const containers = obj.spec?.ephemeralContainers;
    obj.spec = { ...old.spec!, ...(containers && { ephemeralContainers: containers }) };
    restore(obj, old, "status");
  },
};
