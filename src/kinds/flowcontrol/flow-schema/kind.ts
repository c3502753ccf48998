/** flowcontrol.apiserver.k8s.io/v1 FlowSchema: which requests belong to which priority level. */
import { ageColumn, nameColumn, orNone } from "../../columns.ts";
import type { Kind } from "../../kind.ts";
import { restore, statusSubresource } from "../../status-subresource.ts";
import type { FlowSchema } from "../../types/flowcontrol-v1.generated.ts";
import { validateConditions } from "../conditions.ts";
import { example } from "./example.ts";
import { validateFlowSchema } from "./validate.ts";

const DEFAULT_PRECEDENCE = 1000;

export const flowSchema: Kind<FlowSchema> = {
  group: "flowcontrol.apiserver.k8s.io", kind: "FlowSchema", resource: "flowschemas", singular: "flowschema",
  scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.flowcontrol.v1.FlowSchema" }],
  strategy: {
    hasGeneration: true,
    defaults(obj) { if (obj.spec) obj.spec.matchingPrecedence ||= DEFAULT_PRECEDENCE; },
    prepareForCreate(obj) { obj.status = {}; },
    prepareForUpdate: (obj, old) => restore(obj, old, "status"),
    validate: validateFlowSchema,
  },
  subresources: { status: statusSubresource<FlowSchema>({ keepsMetadata: true, validateUpdate: validateConditions }) },
  indexes: { priorityLevel: (obj) => obj.spec?.priorityLevelConfiguration?.name || undefined },
  columns: [
    nameColumn,
    { name: "PriorityLevel", type: "string", description: "Where its requests wait.", value: (obj) => obj.spec?.priorityLevelConfiguration?.name ?? "" },
    { name: "MatchingPrecedence", type: "string", description: "Lower ones are tried first.", value: (obj) => obj.spec?.matchingPrecedence ?? 0 },
    { name: "DistinguisherMethod", type: "string", description: "What makes flows of its requests.", value: (obj) => orNone(obj.spec?.distinguisherMethod?.type) },
    ageColumn,
    { name: "MissingPL", type: "string", description: "Whether its priority level is missing.", value: (obj) => obj.status?.conditions?.find((c) => c.type === "Dangling")?.status ?? "?" },
  ],
  example,
};
