import type { PolicyRule } from "./types.ts";

/**
 * Which parts of the wanted rules are not covered by the held ones; as upstream, a rule is divided into single verbs,
 * groups, resources and names, and each part must be covered by one held rule. What is missing is told compactly, one
 * text a resource. `undefined`: the wanted rules have too many parts to look at.
 */
export function missingRules(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): string[] | undefined {
  // A rule that is held as it is needs no division, however large it is.
  const open = uncoveredRules(held, wanted);
  if (open.reduce((sum, rule) => sum + partCount(rule), 0) > PARTS_MAX) return undefined;
  const missing = open.flatMap((rule) => [...parts(rule)]).filter((part) => !held.some((owner) => ruleCovers(owner, part)));
  return [...new Set(compact(missing).map(compactString))].sort();
}

/** The wanted rules that no held rule covers whole, as they are. */
export const uncoveredRules = (held: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] =>
  wanted.filter((rule) => !held.some((owner) => ruleCovers(owner, rule)));

const PARTS_MAX = 20_000;
const size = (list: readonly string[] | undefined): number => Math.max(1, list?.length ?? 0);
const partCount = (rule: PolicyRule): number =>
  size(rule.verbs) * (size(rule.apiGroups) * size(rule.resources) * size(rule.resourceNames) + (rule.nonResourceURLs?.length ?? 0));

function* parts(rule: PolicyRule): Generator<PolicyRule> {
  for (const group of rule.apiGroups ?? []) {
    for (const resource of rule.resources ?? []) {
      for (const verb of rule.verbs ?? []) {
        const part = { verbs: [verb], apiGroups: [group], resources: [resource] };
        if (!rule.resourceNames?.length) yield part;
        for (const name of rule.resourceNames ?? []) yield { ...part, resourceNames: [name] };
      }
    }
  }
  for (const url of rule.nonResourceURLs ?? []) {
    for (const verb of rule.verbs ?? []) yield { verbs: [verb], nonResourceURLs: [url] };
  }
}

function ruleCovers(owner: PolicyRule, part: PolicyRule): boolean {
  return all(owner.verbs, part.verbs) && all(owner.apiGroups, part.apiGroups)
    && resourcesCover(owner.resources, part.resources) && namesCover(owner.resourceNames, part.resourceNames)
    && urlsCover(owner.nonResourceURLs, part.nonResourceURLs);
}

function all(owner: readonly string[] = [], part: readonly string[] = []): boolean {
  return owner.includes("*") || part.every((value) => owner.includes(value));
}

function resourcesCover(owner: readonly string[] = [], part: readonly string[] = []): boolean {
  return owner.includes("*") || part.every((resource) => {
    const slash = resource.indexOf("/");
    return owner.includes(resource) || (slash >= 0 && owner.includes(`*${resource.slice(slash)}`));
  });
}

const namesCover = (owner: readonly string[] = [], part: readonly string[] = []): boolean =>
  owner.length === 0 || (part.length > 0 && part.every((name) => owner.includes(name)));

const urlsCover = (owner: readonly string[] = [], part: readonly string[] = []): boolean =>
  part.every((url) => owner.some((held) => held === "*" || held === url || (held.endsWith("*") && url.startsWith(held.replace(/\*+$/, "")))));

/** Joins the verbs of parts that are about the same thing. */
function compact(rules: readonly PolicyRule[]): PolicyRule[] {
  const bySubject = new Map<string, PolicyRule>();
  const out: PolicyRule[] = [];
  for (const rule of rules) {
    if (rule.nonResourceURLs) { out.push(rule); continue; }
    const subject = JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames]);
    const known = bySubject.get(subject);
    if (known) known.verbs.push(...rule.verbs);
    else bySubject.set(subject, { ...rule, verbs: [...rule.verbs] });
  }
  return [...out, ...bySubject.values()];
}

/** `{APIGroups:["apps"], Resources:["deployments"], Verbs:["get" "list"]}` */
function compactString(rule: PolicyRule): string {
  const fields: [string, readonly string[] | undefined][] = [
    ["APIGroups", rule.apiGroups], ["Resources", rule.resources], ["NonResourceURLs", rule.nonResourceURLs],
    ["ResourceNames", rule.resourceNames], ["Verbs", rule.verbs],
  ];
  return `{${fields.filter(([, list]) => list?.length).map(([name, list]) => `${name}:${quotedList(list!)}`).join(", ")}}`;
}

/** As Go prints a []string with %q. */
export const quotedList = (list: readonly string[]): string => `[${list.map((text) => JSON.stringify(text)).join(" ")}]`;
