/** flowcontrol.apiserver.k8s.io/v1 PriorityLevelConfiguration: how many requests of a level run, wait and are refused. */
import { ageColumn, nameColumn } from "../../columns.ts";
import type { Kind } from "../../kind.ts";
import { restore, statusSubresource } from "../../status-subresource.ts";
import type { PriorityLevelConfiguration } from "../../types/flowcontrol-v1.generated.ts";
import { validateConditions } from "../conditions.ts";
import { defaultPriorityLevel } from "./defaults.ts";
import { example } from "./example.ts";
import { validatePriorityLevel } from "./validate.ts";

const queuing = ({ spec }: PriorityLevelConfiguration) => spec?.limited?.limitResponse?.queuing;

export const priorityLevelConfiguration: Kind<PriorityLevelConfiguration> = {
  group: "flowcontrol.apiserver.k8s.io", kind: "PriorityLevelConfiguration", resource: "prioritylevelconfigurations", singular: "prioritylevelconfiguration",
  scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.flowcontrol.v1.PriorityLevelConfiguration" }],
  strategy: {
    hasGeneration: true,
    defaults: defaultPriorityLevel,
    prepareForCreate(obj) { obj.status = {}; },
    prepareForUpdate: (obj, old) => restore(obj, old, "status"),
    validate: validatePriorityLevel,
  },
  subresources: { status: statusSubresource<PriorityLevelConfiguration>({ keepsMetadata: true, validateUpdate: validateConditions }) },
  columns: [
    nameColumn,
    { name: "Type", type: "string", description: "Exempt or Limited.", value: (obj) => obj.spec?.type ?? "" },
    { name: "NominalConcurrencyShares", type: "string", description: "Its share of the server.", value: (obj) => obj.spec?.limited?.nominalConcurrencyShares ?? "<none>" },
    { name: "Queues", type: "string", description: "How many queues there are.", value: (obj) => queuing(obj)?.queues ?? "<none>" },
    { name: "HandSize", type: "string", description: "How many of them a flow may use.", value: (obj) => queuing(obj)?.handSize ?? "<none>" },
    { name: "QueueLengthLimit", type: "string", description: "How long a queue may become.", value: (obj) => queuing(obj)?.queueLengthLimit ?? "<none>" },
    ageColumn,
  ],
  example,
};
