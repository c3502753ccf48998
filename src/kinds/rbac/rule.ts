import type { AuthorizationAttributes } from "../kind.ts";
import type { PolicyRule } from "./types.ts";

/** Whether one RBAC rule allows a request, as upstream's RuleAllows decides it. */
export function ruleAllows(rule: PolicyRule, attributes: AuthorizationAttributes): boolean {
  if (!has(rule.verbs, attributes.verb)) return false;
  if (attributes.path !== undefined) return (rule.nonResourceURLs ?? []).some((url) => urlMatches(url, attributes.path!));
  return has(rule.apiGroups, attributes.group)
    && resourceMatches(rule.resources, attributes.resource, attributes.subresource)
    && (!rule.resourceNames?.length || rule.resourceNames.includes(attributes.name ?? ""));
}

const has = (list: readonly string[] | undefined, value: string): boolean =>
  list !== undefined && (list.includes(value) || list.includes("*"));

function resourceMatches(resources: readonly string[] | undefined, resource: string, subresource: string | undefined): boolean {
  if (!resources) return false;
  if (!subresource) return has(resources, resource);
  return has(resources, `${resource}/${subresource}`) || resources.includes(`*/${subresource}`);
}

function urlMatches(pattern: string, path: string): boolean {
  if (pattern === "*" || pattern === path) return true;
  return pattern.endsWith("*") && path.startsWith(pattern.replace(/\*+$/, ""));
}
