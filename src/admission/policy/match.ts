import type { ReadContext } from "../../kinds/kind.ts";
import { namespace as namespaceKind } from "../../kinds/core/namespace/kind.ts";
import type { KubeObject } from "../../kinds/object.ts";
import type { MatchResources, NamedRuleWithOperations, RuleWithOperations } from "../../kinds/types/admissionregistration-v1.generated.ts";
import type { LabelSelector } from "../../kinds/types/meta-v1.generated.ts";
import { labelSelectorOf, matchesLabels } from "../../kinds/values/label-selector.ts";
import type { AdmissionAttributes } from "../plugin.ts";

/** Requests that no policy sees: who changes policies must be able to, and reviews store nothing. */
export const isExempt = ({ kind }: AdmissionAttributes): boolean =>
  (kind.group === "admissionregistration.k8s.io" && /(policies|bindings|configurations)$/.test(kind.resource)) || kind.group === "authentication.k8s.io" || kind.group === "authorization.k8s.io";

/** Whether a policy or a binding is about a request. A binding may leave everything open. */
export function matches(match: MatchResources | undefined, attributes: AdmissionAttributes, ctx: ReadContext): boolean {
  if (!match) return true;
  const byName = (rules: readonly NamedRuleWithOperations[] | undefined) => rules?.some((rule) => matchesRule(rule, attributes) && matchesName(rule, attributes)) ?? false;
  if (byName(match.excludeResourceRules)) return false;
  if (match.resourceRules?.length && !byName(match.resourceRules)) return false;
  return matchesNamespace(match.namespaceSelector, attributes, ctx) && matchesObject(match.objectSelector, attributes);
}

const matchesName = ({ resourceNames }: NamedRuleWithOperations, { name }: AdmissionAttributes): boolean =>
  !resourceNames?.length || resourceNames.includes(name ?? "");

/** Every version of a kind is equivalent here: objects are seen in the version in which they are stored. Also for webhooks. */
export function matchesRule({ operations = [], apiGroups = [], apiVersions = [], resources = [], scope = "*" }: RuleWithOperations, { operation, kind, subresource = "" }: AdmissionAttributes): boolean {
  if (!operations.includes("*") && !operations.includes(operation)) return false;
  if (!apiGroups.includes("*") && !apiGroups.includes(kind.group)) return false;
  if (!apiVersions.includes("*") && !kind.versions.some((v) => apiVersions.includes(v.version))) return false;
  if (scope !== "*" && scope !== kind.scope) return false;
  return resources.some((text) => {
    const [resource, sub = ""] = text.split("/");
    return (resource === "*" || resource === kind.resource) && (sub === "*" || sub === subresource);
  });
}

export function matchesNamespace(selector: LabelSelector | undefined, { kind, namespace, object, old, operation }: AdmissionAttributes, ctx: ReadContext): boolean {
  if (isOpen(selector)) return true;
  if (kind.isNamespace) return select(selector!, operation === "DELETE" ? old : object);
  if (!namespace) return true;
  return select(selector!, ctx.reader.get(namespaceKind, undefined, namespace));
}

export function matchesObject(selector: LabelSelector | undefined, { object, old, input }: AdmissionAttributes): boolean {
  if (isOpen(selector)) return true;
  return [input ?? object, old].some((candidate) => candidate !== undefined && select(selector!, candidate));
}

const isOpen = (selector: LabelSelector | undefined): boolean => !selector || (!selector.matchExpressions?.length && Object.keys(selector.matchLabels ?? {}).length === 0);
const select = (selector: LabelSelector, object: KubeObject | undefined): boolean => matchesLabels(labelSelectorOf(selector as Parameters<typeof labelSelectorOf>[0]), object?.metadata?.labels);
