/** Which webhooks are asked about a request, and in which version they see it. As upstream's generic webhook plugin. */
import type { Kind, KindVersion, WriteContext } from "../../kinds/kind.ts";
import type { RuleWithOperations } from "../../kinds/types/admissionregistration-v1.generated.ts";
import { forbidden } from "../../lib/errors.ts";
import type { AdmissionAttributes } from "../plugin.ts";
import { meetsConditions } from "../policy/conditions.ts";
import { matchesNamespace, matchesObject } from "../policy/match.ts";
import { seenIn, type Seen } from "./seen.ts";
import type { Hook } from "./hook.ts";

/** A webhook to be called with what it is to see. */
export interface Invocation { hook: Hook; seen: Seen }

/** Undefined: it does not want to be asked. Throws where its conditions cannot be evaluated and it fails closed. */
export function invocationOf(hook: Hook, attributes: AdmissionAttributes, ctx: WriteContext, phase: Seen["phase"]): Invocation | undefined {
  const { namespaceSelector, objectSelector } = hook.written;
  const version = versionFor(hook, attributes, ctx);
  if (!version || !matchesNamespace(namespaceSelector, attributes, ctx) || !matchesObject(objectSelector, attributes)) return undefined;
  const seen = seenIn(version, attributes, ctx, phase);
  return meets(hook, seen, ctx) ? { hook, seen } : undefined;
}

function meets({ conditions, written }: Hook, { attributes }: Seen, ctx: WriteContext): boolean {
  if (conditions.length === 0) return true;
  const met = meetsConditions(conditions, attributes, ctx);
  if (typeof met === "boolean") return met;
  if (written.failurePolicy === "Ignore") return false;
  const { kind, name } = attributes;
  throw forbidden({ group: kind.group, resource: kind.resource, ...(name && { name }) }, met.error);
}

/** The request's own version if a rule names it; under `Equivalent`, another one of the same kind that a rule names. */
function versionFor({ written: { rules = [], matchPolicy } }: Hook, attributes: AdmissionAttributes, { version: requested }: WriteContext): KindVersion | undefined {
  if (rules.some((rule) => matchesRule(rule, attributes, requested))) return requested;
  if (matchPolicy === "Exact") return undefined;
  for (const rule of rules) {
    const found = attributes.kind.versions.find((version) => version !== requested && version.served !== false && matchesRule(rule, attributes, version));
    if (found) return found;
  }
  return undefined;
}

function matchesRule({ operations = [], apiGroups = [], apiVersions = [], resources = [], scope = "*" }: RuleWithOperations, { operation, kind, subresource = "" }: AdmissionAttributes, version: KindVersion): boolean {
  return (scope === "*" || scope === kind.scope)
    && (operations as string[]).some((one) => one === "*" || one === operation)
    && apiGroups.some((group) => group === "*" || group === (version.group ?? kind.group))
    && apiVersions.some((one) => one === "*" || one === version.version)
    && resources.some((text) => matchesResource(text, kind, subresource));
}

function matchesResource(text: string, kind: Kind, subresource: string): boolean {
  const [resource, sub = ""] = text.split("/");
  return (resource === "*" || resource === kind.resource) && (sub === "*" || sub === subresource);
}
