import type { UserInfo } from "../../kinds/kind.ts";
import type { FlowSchema, NonResourcePolicyRule, PolicyRulesWithSubjects, ResourcePolicyRule, Subject } from "../../kinds/types/flowcontrol-v1.generated.ts";
import type { Asked } from "./asked.ts";

/** A FlowSchema made ready for being asked thousands of times a second. */
export interface CompiledSchema {
  readonly name: string;
  readonly uid: string;
  readonly level: string;
  readonly distinguisher: "ByUser" | "ByNamespace" | undefined;
  matches(user: UserInfo, asked: Asked): boolean;
}

/** In the order in which they are tried: by precedence, then by name. */
export function compileSchemas(schemas: readonly FlowSchema[]): CompiledSchema[] {
  const precedence = (schema: FlowSchema) => schema.spec?.matchingPrecedence ?? 0;
  const ordered = [...schemas].sort((a, b) => precedence(a) - precedence(b) || (a.metadata.name! < b.metadata.name! ? -1 : 1));
  return ordered.map(compileSchema);
}

export function flowDistinguisher({ distinguisher }: CompiledSchema, user: UserInfo, asked: Asked): string {
  if (distinguisher === "ByUser") return user.username;
  return distinguisher === "ByNamespace" && "resource" in asked ? (asked.namespace ?? "") : "";
}

function compileSchema({ metadata, spec }: FlowSchema): CompiledSchema {
  const rules = (spec?.rules ?? []).map(compileRule);
  return {
    name: metadata.name!, uid: metadata.uid ?? "", level: spec?.priorityLevelConfiguration?.name ?? "",
    distinguisher: spec?.distinguisherMethod?.type as CompiledSchema["distinguisher"],
    matches: (user, asked) => rules.some((rule) => rule(user, asked)),
  };
}

function compileRule({ subjects = [], resourceRules = [], nonResourceRules = [] }: PolicyRulesWithSubjects): CompiledSchema["matches"] {
  const isSubject = compileSubjects(subjects);
  const resources = resourceRules.map(compileResourceRule);
  const paths = nonResourceRules.map(compileNonResourceRule);
  return (user, asked) => isSubject(user) && ("resource" in asked ? resources.some((rule) => rule(asked)) : paths.some((rule) => rule(asked)));
}

function compileSubjects(subjects: readonly Subject[]): (user: UserInfo) => boolean {
  const users = new Set(subjects.flatMap(({ user }) => (user ? [user.name] : []))); // validation: each has what its kind says
  const groups = new Set(subjects.flatMap(({ group }) => (group ? [group.name] : [])));
  const prefixes: string[] = [];
  for (const { serviceAccount: account } of subjects) {
    if (!account) continue;
    const prefix = `system:serviceaccount:${account.namespace}:`;
    if (account.name === "*") prefixes.push(prefix);
    else users.add(prefix + account.name);
  }
  const all = users.has("*") || groups.has("*");
  return (user) => all || users.has(user.username) || user.groups.some((group) => groups.has(group)) || prefixes.some((prefix) => user.username.startsWith(prefix));
}

/** One of the values, or any if `*` is the only one (validation sees to that). */
function oneOf(values: readonly string[] = []): (value: string) => boolean {
  if (values.length === 1 && values[0] === "*") return () => true;
  const set = new Set(values);
  return (value) => set.has(value);
}

type ResourceAsked = Extract<Asked, { resource: string }>;

function compileResourceRule({ verbs, apiGroups, resources, namespaces, clusterScope = false }: ResourcePolicyRule): (asked: ResourceAsked) => boolean {
  const [hasVerb, hasGroup, hasResource, hasNamespace] = [oneOf(verbs), oneOf(apiGroups), oneOf(resources), oneOf(namespaces)];
  return ({ verb, group, resource, subresource, namespace }) =>
    hasVerb(verb) && hasGroup(group) && hasResource(subresource === undefined ? resource : `${resource}/${subresource}`)
    && (namespace ? hasNamespace(namespace) : clusterScope);
}

function compileNonResourceRule({ verbs, nonResourceURLs = [] }: NonResourcePolicyRule): (asked: { verb: string; path: string }) => boolean {
  const hasVerb = oneOf(verbs);
  return ({ verb, path }) => hasVerb(verb) && nonResourceURLs.some((url) => url === "*" || url === path || path.startsWith(below(url)));
}

/** A rule for /healthz is one for /healthz/ping too, as upstream. */
const below = (url: string): string => {
  const prefix = url.endsWith("*") ? url.slice(0, -1) : url;
  return prefix.endsWith("/") ? prefix : `${prefix}/`;
};
