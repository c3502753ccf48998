import type { AuthorizationAttributes, UserInfo } from "../../kinds/kind.ts";

/** audit.k8s.io/v1 Policy. */
export type AuditLevel = "None" | "Metadata" | "Request" | "RequestResponse";
export type AuditStage = "RequestReceived" | "ResponseStarted" | "ResponseComplete" | "Panic";

export interface AuditPolicy {
  apiVersion: "audit.k8s.io/v1";
  kind: "Policy";
  rules: AuditRule[];
  omitStages?: AuditStage[];
  omitManagedFields?: boolean;
}

export interface AuditRule {
  level: AuditLevel;
  users?: string[];
  userGroups?: string[];
  verbs?: string[];
  resources?: { group?: string; resources?: string[]; resourceNames?: string[] }[];
  namespaces?: string[];
  nonResourceURLs?: string[];
  omitStages?: AuditStage[];
  omitManagedFields?: boolean;
}

/** What is to be recorded of a request. */
export interface AuditDecision { level: AuditLevel; omitStages: ReadonlySet<string>; omitManagedFields: boolean }

/** The first rule that matches decides; what none matches is not recorded. As upstream's policy checker. */
export function compilePolicy(policy: AuditPolicy): (user: UserInfo, attributes: AuthorizationAttributes) => AuditDecision {
  const rules = policy.rules.map((rule) => ({ rule, matches: compileRule(rule), decision: decisionOf(policy, rule) }));
  const nothing: AuditDecision = { level: "None", omitStages: new Set(), omitManagedFields: false };
  return (user, attributes) => rules.find(({ matches }) => matches(user, attributes))?.decision ?? nothing;
}

function decisionOf(policy: AuditPolicy, rule: AuditRule): AuditDecision {
  const omitStages = new Set<string>([...(policy.omitStages ?? []), ...(rule.omitStages ?? [])]);
  return { level: rule.level, omitStages, omitManagedFields: rule.omitManagedFields ?? policy.omitManagedFields ?? false };
}

type Matcher = (user: UserInfo, attributes: AuthorizationAttributes) => boolean;

function compileRule({ users, userGroups, verbs, resources = [], namespaces = [], nonResourceURLs = [] }: AuditRule): Matcher {
  const tests: Matcher[] = [];
  if (users?.length) tests.push((user) => users.includes(user.username));
  if (userGroups?.length) tests.push((user) => user.groups.some((group) => userGroups.includes(group)));
  if (verbs?.length) tests.push((_, { verb }) => verbs.includes(verb));
  if (namespaces.length > 0) tests.push((_, attributes) => "resource" in attributes && namespaces.includes(attributes.namespace ?? ""));
  if (resources.length > 0) tests.push((_, attributes) => "resource" in attributes && resources.some((group) => groupMatches(group, attributes)));
  if (nonResourceURLs.length > 0 && namespaces.length + resources.length === 0) {
    tests.push((_, attributes) => "path" in attributes && attributes.path !== undefined && nonResourceURLs.some((url) => pathMatches(attributes.path!, url)));
  }
  return (user, attributes) => tests.every((test) => test(user, attributes));
}

type ResourceAttributes = Extract<AuthorizationAttributes, { resource: string }>;

function groupMatches({ group = "", resources = [], resourceNames = [] }: NonNullable<AuditRule["resources"]>[number], asked: ResourceAttributes): boolean {
  if (group !== asked.group && group !== "*") return false;
  if (resources.length === 0) return true;
  if (resourceNames.length > 0 && !resourceNames.includes(asked.name ?? "")) return false;
  const { resource, subresource } = asked;
  const full = subresource === undefined ? resource : `${resource}/${subresource}`;
  return resources.some((pattern) => pattern === "*" || pattern === full || (subresource !== undefined && pattern === `*/${subresource}`) || pattern === `${resource}/*`);
}

const pathMatches = (path: string, url: string): boolean => url === "*" || url === path || (url.endsWith("*") && path.startsWith(url.replace(/\*+$/, "")));
