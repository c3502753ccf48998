import type { FlowSchema, PolicyRulesWithSubjects, PriorityLevelConfiguration, ResourcePolicyRule, Subject } from "../types/flowcontrol-v1.generated.ts";

/**
 * The priority levels and flow schemas that every cluster has: the mandatory ones, without which no request could be
 * classified, and the suggested ones, whose specs an administrator may take over. As upstream's bootstrap configuration.
 */
export const AUTO_UPDATE_ANNOTATION = "apf.kubernetes.io/autoupdate-spec";
export const EXEMPT = "exempt";
export const CATCH_ALL = "catch-all";

const API_VERSION = "flowcontrol.apiserver.k8s.io/v1";
const annotations = { [AUTO_UPDATE_ANNOTATION]: "true" };

const level = (name: string, spec: PriorityLevelConfiguration["spec"]): PriorityLevelConfiguration =>
  ({ apiVersion: API_VERSION, kind: "PriorityLevelConfiguration", metadata: { name, annotations }, spec });

const queued = (name: string, nominalConcurrencyShares: number, lendablePercent: number, [queues, handSize]: readonly [number, number]): PriorityLevelConfiguration =>
  level(name, { type: "Limited", limited: { nominalConcurrencyShares, lendablePercent, limitResponse: { type: "Queue", queuing: { queues, handSize, queueLengthLimit: 50 } } } });

export const defaultPriorityLevels: readonly PriorityLevelConfiguration[] = [
  level(EXEMPT, { type: "Exempt", exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } }),
  level(CATCH_ALL, { type: "Limited", limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: "Reject" } } }),
  queued("system", 30, 33, [64, 6]),
  queued("node-high", 40, 25, [64, 6]),
  queued("leader-election", 10, 0, [16, 4]),
  queued("workload-high", 40, 50, [128, 6]),
  queued("workload-low", 100, 90, [128, 6]),
  queued("global-default", 20, 50, [128, 6]),
];

const group = (name: string): Subject => ({ kind: "Group", group: { name } });
const user = (name: string): Subject => ({ kind: "User", user: { name } });
const systemAccounts: Subject = { kind: "ServiceAccount", serviceAccount: { namespace: "kube-system", name: "*" } };
const everybody = [group("system:unauthenticated"), group("system:authenticated")];
const nodes = group("system:nodes");

const resources = (verbs: string[], apiGroups: string[], names: string[], clusterScope: boolean): ResourcePolicyRule =>
  ({ verbs, apiGroups, resources: names, ...(clusterScope && { clusterScope }), namespaces: ["*"] });

/** Whatever these subjects ask. */
const anything = (subjects: Subject[]): PolicyRulesWithSubjects =>
  ({ subjects, resourceRules: [resources(["*"], ["*"], ["*"], true)], nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }] });

interface Reference { level: string; precedence: number; by?: "ByUser" | "ByNamespace" }

const schema = (name: string, { level: priorityLevel, precedence, by }: Reference, rules: PolicyRulesWithSubjects): FlowSchema => ({
  apiVersion: API_VERSION, kind: "FlowSchema", metadata: { name, annotations },
  spec: { priorityLevelConfiguration: { name: priorityLevel }, matchingPrecedence: precedence, ...(by && { distinguisherMethod: { type: by } }), rules: [rules] },
});

export const defaultFlowSchemas: readonly FlowSchema[] = [
  schema(EXEMPT, { level: EXEMPT, precedence: 1 }, anything([group("system:masters")])),
  schema(CATCH_ALL, { level: CATCH_ALL, precedence: 10_000, by: "ByUser" }, anything(everybody)),
  schema("probes", { level: EXEMPT, precedence: 2 }, { subjects: everybody, nonResourceRules: [{ verbs: ["get"], nonResourceURLs: ["/healthz", "/readyz", "/livez"] }] }),
  schema("system-leader-election", { level: "leader-election", precedence: 100, by: "ByUser" }, {
    subjects: [user("system:kube-controller-manager"), user("system:kube-scheduler"), systemAccounts],
    resourceRules: [resources(["get", "create", "update"], ["coordination.k8s.io"], ["leases"], false)],
  }),
  schema("system-node-high", { level: "node-high", precedence: 400, by: "ByUser" }, {
    subjects: [nodes],
    resourceRules: [resources(["*"], [""], ["nodes", "nodes/status"], true), resources(["*"], ["coordination.k8s.io"], ["leases"], false)],
  }),
  schema("system-nodes", { level: "system", precedence: 500, by: "ByUser" }, anything([nodes])),
  schema("kube-controller-manager", { level: "workload-high", precedence: 800, by: "ByNamespace" }, anything([user("system:kube-controller-manager")])),
  schema("kube-scheduler", { level: "workload-high", precedence: 800, by: "ByNamespace" }, anything([user("system:kube-scheduler")])),
  schema("kube-system-service-accounts", { level: "workload-high", precedence: 900, by: "ByNamespace" }, anything([systemAccounts])),
  schema("service-accounts", { level: "workload-low", precedence: 9000, by: "ByUser" }, anything([group("system:serviceaccounts")])),
  schema("global-default", { level: "global-default", precedence: 9900, by: "ByUser" }, anything(everybody)),
];

/** Those that nobody may do without or change. */
export const isMandatory = (name: string): boolean => name === EXEMPT || name === CATCH_ALL;
