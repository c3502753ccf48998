/** resource.k8s.io/v1 DeviceClass: devices of a sort, by expressions over what their drivers publish. */
import { invalidValue } from "../../../lib/field-error.ts";
import { ageColumn, nameColumn } from "../../columns.ts";
import type { Kind } from "../../kind.ts";
import { isExtended } from "../../pod-spec/resource-names.ts";
import type { DeviceClass } from "../../types/resource-v1.generated.ts";
import { CONFIGS_MAX, validateOpaque, validateSelectors } from "../device-terms.ts";
import { validateSlice } from "../lists.ts";
import { example } from "./example.ts";

export const deviceClass: Kind<DeviceClass> = {
  group: "resource.k8s.io", kind: "DeviceClass", resource: "deviceclasses", singular: "deviceclass",
  scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.resource.v1.DeviceClass" }],
  strategy: {
    hasGeneration: true,
    validate({ spec }) {
      const { selectors, config, extendedResourceName: extended } = spec ?? {};
      return [
        ...validateSelectors(selectors, "spec.selectors"),
        ...validateSlice(config, CONFIGS_MAX, "spec.config", ({ opaque }, at) => validateOpaque(opaque, `${at}.opaque`)),
        ...(extended !== undefined && !isExtended(extended) ? [invalidValue("spec.extendedResourceName", extended, "must be a valid extended resource name")] : []),
      ];
    },
  },
  columns: [nameColumn, ageColumn],
  example,
};
