/** networking.k8s.io/v1 IPAddress: an address that a Service has; its name is the address itself. */
import { required, type FieldError } from "../../../lib/field-error.ts";
import { ageColumn, nameColumn } from "../../columns.ts";
import { check, immutable } from "../../field-checks.ts";
import type { Kind } from "../../kind.ts";
import type { IPAddress, ParentReference } from "../../types/networking-v1.generated.ts";
import { isIp } from "../../values/ip.ts";
import { isDns1123Subdomain, isPathSegmentName } from "../../values/names.ts";
import { example } from "./example.ts";

export const ipAddress: Kind<IPAddress> = {
  group: "networking.k8s.io", kind: "IPAddress", resource: "ipaddresses", singular: "ipaddress", shortNames: ["ip"],
  scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.networking.v1.IPAddress" }],
  strategy: {
    hasGeneration: false,
    validateName: (name) => isIp(name),
    validate: ({ spec }) => (spec?.parentRef ? validateParent(spec.parentRef, "spec.parentRef") : [required("spec.parentRef")]),
    validateUpdate: (obj, old) => immutable("spec.parentRef", obj.spec?.parentRef, old.spec?.parentRef),
  },
  selectableFields: {
    "spec.parentRef.group": (obj) => obj.spec?.parentRef?.group ?? "", "spec.parentRef.resource": (obj) => obj.spec?.parentRef?.resource ?? "",
    "spec.parentRef.namespace": (obj) => obj.spec?.parentRef?.namespace ?? "", "spec.parentRef.name": (obj) => obj.spec?.parentRef?.name ?? "",
  },
  indexes: {
    /** Those of a Service. */
    parent: ({ spec }) => (spec?.parentRef?.resource === "services" ? `${spec.parentRef.namespace}/${spec.parentRef.name}` : undefined),
  },
  columns: [nameColumn, { name: "ParentRef", type: "string", description: "Whose address it is.", value: (obj) => parentText(obj.spec?.parentRef) }, ageColumn],
  example,
};

function parentText(parent: ParentReference | undefined): string {
  if (!parent) return "<none>";
  const resource = `${parent.resource}${parent.group ? `.${parent.group}` : ""}`.toLowerCase();
  return [resource, ...(parent.namespace ? [parent.namespace] : []), parent.name].join("/");
}

function validateParent({ group, resource, name, namespace }: ParentReference, path: string): FieldError[] {
  return [
    ...(group ? check(`${path}.group`, group, isDns1123Subdomain) : []),
    ...(resource ? check(`${path}.resource`, resource, isPathSegmentName) : [required(`${path}.resource`)]),
    ...(name ? check(`${path}.name`, name, isPathSegmentName) : [required(`${path}.name`)]),
    ...(namespace ? check(`${path}.namespace`, namespace, isPathSegmentName) : []),
  ];
}
