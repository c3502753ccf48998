/** apps/v1 ControllerRevision: a state that a StatefulSet or DaemonSet had, so that it can return to it. */
import { controllerOf } from "../../../controllers/ownership.ts";
import { type FieldError, invalidValue, required } from "../../../lib/field-error.ts";
import { ageColumn, nameColumn } from "../../columns.ts";
import { immutable } from "../../field-checks.ts";
import type { Kind } from "../../kind.ts";
import { orphanIndex } from "../../orphan-index.ts";
import type { ControllerRevision } from "../../types/apps-v1.generated.ts";
import { example } from "./example.ts";

export const controllerRevision: Kind<ControllerRevision> = {
  group: "apps", kind: "ControllerRevision", resource: "controllerrevisions", singular: "controllerrevision",
  scope: "Namespaced",
  versions: [{ version: "v1", type: "io.k8s.api.apps.v1.ControllerRevision" }],
  strategy: {
    hasGeneration: false,
    validate,
    validateUpdate: (obj, old) => immutable("data", obj.data, old.data),
  },
  columns: [
    nameColumn,
    { name: "Controller", type: "string", description: "Whose state it is.", value: controllerText },
    { name: "Revision", type: "string", description: "Its place in the order of states.", value: (obj) => obj.revision ?? 0 },
    ageColumn,
  ],
  indexes: orphanIndex,
  example,
};

function validate(obj: ControllerRevision): FieldError[] {
  return [
    ...(obj.data == null ? [required("data", "data is mandatory")] : []),
    ...((obj.revision ?? 0) < 0 ? [invalidValue("revision", obj.revision, "must be greater than or equal to 0")] : []),
  ];
}

function controllerText(obj: ControllerRevision): string {
  const owner = controllerOf(obj);
  if (!owner) return "<none>";
  const group = owner.apiVersion.includes("/") ? `.${owner.apiVersion.split("/")[0]}` : "";
  return `${owner.kind.toLowerCase()}${group}/${owner.name}`;
}
