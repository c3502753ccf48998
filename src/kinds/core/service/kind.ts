/**
 * core/v1 Service. Cluster addresses and node ports are allocated in the transaction that creates or changes the service,
 * which also writes the IPAddresses that stand for them: there is no allocator with a state of its own that could disagree.
 */
import type { Kind } from "../../kind.ts";
import type { Service } from "../../types/core-v1.generated.ts";
import { statusSubresource } from "../../status-subresource.ts";
import { isDns1123Label, maskTrailingDash } from "../../values/names.ts";
import { keepAddressObjects } from "./address-objects.ts";
import { addressesOf } from "./cluster-ips.ts";
import { columns } from "./columns.ts";
import { defaultService } from "./defaults.ts";
import { example } from "./example.ts";
import { heldNodePorts } from "./node-ports.ts";
import { prepareServiceForCreate, prepareServiceForUpdate } from "./prepare.ts";
import { serviceProxy } from "./proxy.ts";
import { validateService, validateServiceStatus, validateServiceUpdate } from "./validate.ts";
import { warnings } from "./warnings.ts";

export const service: Kind<Service> = {
  group: "", kind: "Service", resource: "services", singular: "service", shortNames: ["svc"], categories: ["all"],
  scope: "Namespaced",
  versions: [{ version: "v1", type: "io.k8s.api.core.v1.Service" }],
  strategy: {
    hasGeneration: false,
    defaults: defaultService,
    prepareForCreate: prepareServiceForCreate,
    prepareForUpdate: prepareServiceForUpdate,
    validate: validateService,
    validateUpdate: validateServiceUpdate,
    validateName: (name, prefix) => isDns1123Label(prefix ? maskTrailingDash(name) : name),
    warnings,
    afterWrite: keepAddressObjects,
    allowCreateOnUpdate: true,
    returnsDeleted: true,
  },
  subresources: {
    status: statusSubresource({ validateUpdate: validateServiceStatus }),
    proxy: serviceProxy,
  },
  columns,
  selectableFields: {
    "spec.clusterIP": (obj) => obj.spec?.clusterIP ?? "",
    "spec.type": (obj) => obj.spec?.type ?? "",
  },
  indexedFields: ["spec.clusterIP"],
  indexes: {
    holdsNodePorts: (obj) => (heldNodePorts(obj).length > 0 ? "true" : undefined),
    secondaryClusterIP: ({ spec }) => addressesOf(spec)[1],
  },
  example,
};
