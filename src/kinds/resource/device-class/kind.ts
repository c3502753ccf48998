/** resource.k8s.io/v1 DeviceClass: devices of a sort, by expressions over what their drivers publish. */
import { tooMany } from "../../../lib/field-error.ts";
import { ageColumn, nameColumn } from "../../columns.ts";
import { check } from "../../field-checks.ts";
import type { Kind } from "../../kind.ts";
import type { DeviceClass } from "../../types/resource-v1.generated.ts";
import { isQualifiedName } from "../../values/names.ts";
import { CONFIGS_MAX, validateOpaque, validateSelectors } from "../device-terms.ts";
import { example } from "./example.ts";

export const deviceClass: Kind<DeviceClass> = {
  group: "resource.k8s.io", kind: "DeviceClass", resource: "deviceclasses", singular: "deviceclass",
  scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.resource.v1.DeviceClass" }],
  strategy: {
    hasGeneration: true,
    validate({ spec }) {
      const { selectors, config = [], extendedResourceName } = spec ?? {};
      return [
        ...validateSelectors(selectors, "spec.selectors"),
        ...(config.length > CONFIGS_MAX ? [tooMany("spec.config", config.length, CONFIGS_MAX)] : config.flatMap(({ opaque }, i) => validateOpaque(opaque, `spec.config[${i}].opaque`))),
        ...(extendedResourceName ? check("spec.extendedResourceName", extendedResourceName, isQualifiedName) : []),
      ];
    },
  },
  columns: [nameColumn, ageColumn],
  example,
};
