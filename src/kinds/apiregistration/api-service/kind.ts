/**
 * apiregistration.k8s.io/v1 APIService: who serves a version of a group. Without a service it is the cluster itself: the
 * controller keeps one such object for every group version that is built in or defined by a CustomResourceDefinition.
 */
import { ageColumn, nameColumn } from "../../columns.ts";
import type { Kind } from "../../kind.ts";
import { restore, statusSubresource } from "../../status-subresource.ts";
import type { APIService } from "../../types/apiregistration-v1.generated.ts";
import { isPathSegmentName } from "../../values/names.ts";
import { formatTime } from "../../values/time.ts";
import { example } from "./example.ts";
import { validateApiService, validateApiServiceStatus } from "./validate.ts";

export const LOCAL = { type: "Available", status: "True", reason: "Local", message: "Local APIServices are always available" };

export const available = ({ status }: APIService) => status?.conditions?.find((condition) => condition.type === "Available");

const serviceOf = ({ spec }: APIService): string | undefined => (spec?.service ? `${spec.service.namespace}/${spec.service.name}` : undefined);

export const apiService: Kind<APIService> = {
  group: "apiregistration.k8s.io", kind: "APIService", resource: "apiservices", singular: "apiservice",
  categories: ["api-extensions"], scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService" }],
  strategy: {
    hasGeneration: false, allowUnconditionalUpdate: false,
    validateName: isPathSegmentName,
    defaults({ spec }) { if (spec?.service) spec.service.port ??= 443; },
    prepareForCreate(obj, { nowMs }) { obj.status = obj.spec?.service ? {} : { conditions: [{ ...LOCAL, lastTransitionTime: formatTime(nowMs) }] }; },
    prepareForUpdate: (obj, old) => restore(obj, old, "status"),
    validate: validateApiService,
  },
  subresources: { status: statusSubresource({ keepsMetadata: true, validateUpdate: validateApiServiceStatus }) },
  columns: [
    nameColumn,
    { name: "Service", type: "string", description: "Who serves the version.", value: (obj) => serviceOf(obj) ?? "Local" },
    { name: "Available", type: "string", description: "Whether it is served.", value: (obj) => {
      const condition = available(obj);
      return !condition ? "Unknown" : condition.status === "True" ? "True" : `${condition.status} (${condition.reason ?? ""})`;
    } },
    ageColumn,
  ],
  indexes: { service: serviceOf, remote: ({ spec }) => (spec?.service ? "true" : undefined) },
  example,
};
