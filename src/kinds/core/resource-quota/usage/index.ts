import type { Kind } from "../../../kind.ts";
import type { KubeObject } from "../../../object.ts";
import type { Reader } from "../../../transaction.ts";
import { addQuantity, quantityFromUnits, type Quantity, zeroQuantity } from "../../../values/quantity.ts";
import { claims } from "./claims.ts";
import { countName, scopesOf, type Evaluator, type Usage } from "./evaluator.ts";
import { pods } from "./pods.ts";
import { resourceClaims } from "./resource-claims.ts";
import { services } from "./services.ts";

/** Kinds that count as more than objects. */
const special: Readonly<Record<string, Evaluator>> = { "/pods": pods, "/services": services, "/persistentvolumeclaims": claims, "resource.k8s.io/resourceclaims": resourceClaims };
/** Kinds whose number has an older name as well. */
const ALIASED = new Set(["configmaps", "resourcequotas", "replicationcontrollers", "secrets"]);
const ONE = quantityFromUnits(1);

const counters = new WeakMap<Kind, Evaluator>();

/** How this kind counts against quotas: any namespaced kind at least as `count/<resource>.<group>`. */
export function evaluatorOf(kind: Kind): Evaluator {
  const known = special[`${kind.group}/${kind.resource}`] ?? counters.get(kind);
  if (known) return known;
  const names = [countName(kind), ...(kind.group === "" && ALIASED.has(kind.resource) ? [kind.resource] : [])];
  const usage: Usage = Object.fromEntries(names.map((name) => [name, ONE]));
  const evaluator: Evaluator = { concerns: (name) => names.includes(name), usage: () => usage };
  counters.set(kind, evaluator);
  return evaluator;
}

export const matchesScopes = (evaluator: Evaluator, quota: KubeObject, obj: KubeObject): boolean =>
  scopesOf(quota).every((scope) => evaluator.matchesScope?.(scope, obj) ?? false);

/** Everything in the quota's namespace that counts, summed up for these of its resources. */
export function countUsage(reader: Reader, quota: KubeObject, names: readonly string[]): Record<string, Quantity> {
  const used: Record<string, Quantity> = Object.fromEntries(names.map((name) => [name, zeroQuantity]));
  for (const kind of kindsBehind(reader, names)) {
    const evaluator = evaluatorOf(kind);
    const concerned = names.filter((name) => evaluator.concerns(name));
    if (concerned.length === 0) continue;
    for (const obj of reader.list(kind, { namespace: quota.metadata.namespace! })) {
      if (!matchesScopes(evaluator, quota, obj)) continue;
      const usage = evaluator.usage(obj, reader.nowMs);
      for (const name of concerned) if (usage[name]) used[name] = addQuantity(used[name]!, usage[name]);
    }
  }
  return used;
}

/** Looked up by name, not searched for: there may be very many custom resources. */
function kindsBehind(reader: Reader, names: readonly string[]): Set<Kind> {
  const keys = [...Object.keys(special), ...names.flatMap((name) => {
    if (ALIASED.has(name)) return [`/${name}`];
    const [, resource, group = ""] = /^count\/([^.]+)(?:\.(.+))?$/.exec(name) ?? [];
    return resource === undefined ? [] : [`${group}/${resource}`];
  })];
  const kinds = keys.map((key) => reader.kindFor(key.slice(0, key.indexOf("/")), key.slice(key.indexOf("/") + 1)));
  return new Set(kinds.filter((kind) => kind !== undefined && kind.scope === "Namespaced" && !kind.evaluate) as Kind[]);
}
