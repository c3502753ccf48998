/** storage.k8s.io/v1 VolumeAttributesClass: parameters of a volume that may be changed while it is in use. */
import { forbiddenField, type FieldError } from "../../../lib/field-error.ts";
import { ageColumn, nameColumn } from "../../columns.ts";
import { sameValue } from "../../field-checks.ts";
import type { Kind } from "../../kind.ts";
import type { VolumeAttributesClass } from "../../types/storage-v1.generated.ts";
import { validateParameters, validateProvisioner } from "../driver.ts";
import { example } from "./example.ts";

export const volumeAttributesClass: Kind<VolumeAttributesClass> = {
  group: "storage.k8s.io", kind: "VolumeAttributesClass", resource: "volumeattributesclasses", singular: "volumeattributesclass", shortNames: ["vac"],
  scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.storage.v1.VolumeAttributesClass" }],
  strategy: {
    hasGeneration: false,
    returnsDeleted: true,
    validate: (obj) => [...validateProvisioner(obj.driverName, "driverName"), ...validateParameters(obj.parameters, "parameters", { allowEmpty: false })],
    validateUpdate(obj, old) {
      const errors: FieldError[] = [];
      if (obj.driverName !== old.driverName) errors.push(forbiddenField("driverName", "updates to driverName are forbidden."));
      if (!sameValue(obj.parameters, old.parameters)) errors.push(forbiddenField("parameters", "updates to parameters are forbidden."));
      return errors;
    },
  },
  columns: [nameColumn, { name: "DriverName", type: "string", description: "The driver that understands the parameters.", value: (obj) => obj.driverName }, ageColumn],
  example,
};
