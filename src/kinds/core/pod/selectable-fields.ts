import type { Pod } from "../../types/core-v1.generated.ts";

export const selectableFields: Readonly<Record<string, (obj: Pod) => string>> = {
  "spec.nodeName": (obj) => obj.spec?.nodeName ?? "",
  "spec.restartPolicy": (obj) => obj.spec?.restartPolicy ?? "",
  "spec.schedulerName": (obj) => obj.spec?.schedulerName ?? "",
  "spec.serviceAccountName": (obj) => obj.spec?.serviceAccountName ?? "",
  "spec.hostNetwork": (obj) => String(obj.spec?.hostNetwork ?? false),
  "status.phase": (obj) => obj.status?.phase ?? "",
  "status.podIP": (obj) => obj.status?.podIPs?.[0]?.ip ?? obj.status?.podIP ?? "",
  "status.nominatedNodeName": (obj) => obj.status?.nominatedNodeName ?? "",
};
