/** resource.k8s.io/v1 ResourceSlice: devices that a driver publishes, of a node or of many. */
import { ageColumn, nameColumn } from "../../columns.ts";
import { immutable } from "../../field-checks.ts";
import type { Kind } from "../../kind.ts";
import type { ResourceSlice } from "../../types/resource-v1.generated.ts";
import { formatTime } from "../../values/time.ts";
import { example } from "./example.ts";
import { validateResourceSlice } from "./validate.ts";

export const resourceSlice: Kind<ResourceSlice> = {
  group: "resource.k8s.io", kind: "ResourceSlice", resource: "resourceslices", singular: "resourceslice",
  scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.resource.v1.ResourceSlice" }],
  strategy: {
    hasGeneration: true,
    returnsDeleted: true,
    prepareForCreate: (obj, { nowMs }) => prepareDevices(obj, nowMs),
    prepareForUpdate: (obj, _old, { nowMs }) => prepareDevices(obj, nowMs),
    validate: validateResourceSlice,
    validateUpdate: (obj, old) => [
      ...immutable("spec.nodeName", obj.spec.nodeName, old.spec.nodeName),
      ...immutable("spec.driver", obj.spec.driver, old.spec.driver),
      ...immutable("spec.pool.name", obj.spec.pool?.name, old.spec.pool?.name),
    ],
  },
  selectableFields: { "spec.nodeName": ({ spec }) => spec.nodeName ?? "", "spec.driver": ({ spec }) => spec.driver ?? "" },
  columns: [
    nameColumn,
    { name: "Node", type: "string", description: "The node that has the devices.", value: ({ spec }) => spec.nodeName ?? "" },
    { name: "Driver", type: "string", description: "Who manages them.", value: ({ spec }) => spec.driver ?? "" },
    { name: "Pool", type: "string", description: "The pool that they belong to.", value: ({ spec }) => spec.pool?.name ?? "" },
    ageColumn,
  ],
  example,
};

function prepareDevices({ spec }: ResourceSlice, nowMs: number): void {
  for (const device of spec.devices ?? []) {
    for (const taint of device.taints ?? []) taint.timeAdded ??= formatTime(nowMs);
    // Behind gates that are off by default in v1.36.
    delete device.nodeAllocatableResourceMappings;
    for (const attribute of Object.values(device.attributes ?? {})) for (const list of ["bools", "ints", "strings", "versions"] as const) delete attribute[list];
  }
}
