/** Which webhooks are asked about a request, and in which version they see it. As upstream's generic webhook plugin. */
import type { WriteContext } from "../../kinds/kind.ts";
import { forbidden } from "../../lib/errors.ts";
import type { AdmissionAttributes } from "../plugin.ts";
import { meetsConditions } from "../policy/conditions.ts";
import { matchesNamespace, matchesObject, versionFor } from "../policy/match.ts";
import { seenIn, type Seen } from "../policy/seen.ts";
import type { Hook } from "./hook.ts";

/** A webhook to be called with what it is to see. */
export interface Invocation { hook: Hook; seen: Seen }

/** Undefined: it does not want to be asked. Throws where its conditions cannot be evaluated and it fails closed. */
export function invocationOf(hook: Hook, attributes: AdmissionAttributes, ctx: WriteContext, phase: Seen["phase"]): Invocation | undefined {
  const { namespaceSelector, objectSelector } = hook.written;
  const version = versionFor(hook.written, attributes, ctx);
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
