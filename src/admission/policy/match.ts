import type { Kind, KindVersion, ReadContext, WriteContext } from "../../kinds/kind.ts";
import { namespace as namespaceKind } from "../../kinds/core/namespace/kind.ts";
import type { KubeObject } from "../../kinds/object.ts";
import type { MatchResources, NamedRuleWithOperations } from "../../kinds/types/admissionregistration-v1.generated.ts";
import type { LabelSelector } from "../../kinds/types/meta-v1.generated.ts";
import { labelSelectorOf, matchesLabels } from "../../kinds/values/label-selector.ts";
import type { AdmissionAttributes } from "../plugin.ts";

/** Requests that no policy sees: who changes policies must be able to, and reviews store nothing. */
export const isExempt = ({ kind }: AdmissionAttributes): boolean =>
  (kind.group === "admissionregistration.k8s.io" && /(policies|bindings|configurations)$/.test(kind.resource)) || kind.group === "authentication.k8s.io" || kind.group === "authorization.k8s.io";

/**
 * Whether a policy or a binding is about a request: then the version in which its rules name the resource. A binding may
 * leave everything open, which is the request's own.
 */
export function matches(match: MatchResources | undefined, attributes: AdmissionAttributes, ctx: WriteContext): KindVersion | undefined {
  if (!match) return ctx.version;
  const { namespaceSelector, objectSelector, excludeResourceRules = [], resourceRules = [], matchPolicy } = match;
  if (!matchesNamespace(namespaceSelector, attributes, ctx) || !matchesObject(objectSelector, attributes)) return undefined;
  if (versionFor({ rules: excludeResourceRules, matchPolicy }, attributes, ctx)) return undefined;
  return resourceRules.length === 0 ? ctx.version : versionFor({ rules: resourceRules, matchPolicy }, attributes, ctx);
}

/** The request's own version if a rule names it; under `Equivalent`, another one of the same kind that a rule names. */
export function versionFor({ rules = [], matchPolicy }: { rules?: readonly NamedRuleWithOperations[]; matchPolicy?: string | undefined }, attributes: AdmissionAttributes, { version: requested }: WriteContext): KindVersion | undefined {
  if (rules.some((rule) => matchesRule(rule, attributes, requested))) return requested;
  if (matchPolicy === "Exact") return undefined;
  for (const rule of rules) {
    const found = attributes.kind.versions.find((version) => version !== requested && version.served !== false && matchesRule(rule, attributes, version));
    if (found) return found;
  }
  return undefined;
}

function matchesRule({ operations = [], apiGroups = [], apiVersions = [], resources = [], scope = "*", resourceNames }: NamedRuleWithOperations, { operation, kind, subresource = "", name }: AdmissionAttributes, version: KindVersion): boolean {
  return (scope === "*" || scope === kind.scope)
    && (operations as string[]).some((one) => one === "*" || one === operation)
    && apiGroups.some((group) => group === "*" || group === (version.group ?? kind.group))
    && apiVersions.some((one) => one === "*" || one === version.version)
    && resources.some((text) => matchesResource(text, kind, subresource))
    && (!resourceNames?.length || resourceNames.includes(name ?? ""));
}

function matchesResource(text: string, kind: Kind, subresource: string): boolean {
  const [resource, sub = ""] = text.split("/");
  return (resource === "*" || resource === kind.resource) && (sub === "*" || sub === subresource);
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
