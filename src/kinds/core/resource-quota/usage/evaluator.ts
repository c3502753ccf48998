import type { Kind } from "../../../kind.ts";
import type { KubeObject } from "../../../object.ts";
import type { ScopedResourceSelectorRequirement } from "../../../types/core-v1.generated.ts";
import type { Quantity } from "../../../values/quantity.ts";

/** Amounts by the names under which quotas know them, such as `requests.cpu` or `count/deployments.apps`. */
export type Usage = Readonly<Record<string, Quantity>>;

/** How objects of one kind count against quotas. */
export interface Evaluator {
  /** Does a quota's resource of this name concern objects of the kind at all? */
  concerns(name: string): boolean;
  usage(obj: any, nowMs: number): Usage;
  /** Undefined where the kind knows no scopes: then a quota with scopes does not concern it. */
  matchesScope?(scope: ScopedResourceSelectorRequirement, obj: any): boolean;
  /** Does this change of an object, through this door, need to be checked? Creates of the main door always do. */
  checksUpdate?(obj: any, old: any, subresource: string | undefined): boolean;
  /** Does this change set something free (or make it count elsewhere), beyond what admission saw? */
  recounts?(obj: any, old: any): boolean;
  /** What a quota on these names demands of an object beyond fitting; a text of what is missing. */
  missing?(names: readonly string[], obj: any): string | undefined;
}

export const countName = (kind: Pick<Kind, "group" | "resource">): string => `count/${kind.resource}${kind.group && `.${kind.group}`}`;

/** Requirements of a quota's scopes and scope selector together. */
export function scopesOf(quota: KubeObject): ScopedResourceSelectorRequirement[] {
  const spec = quota.spec as { scopes?: string[]; scopeSelector?: { matchExpressions?: ScopedResourceSelectorRequirement[] } } | undefined;
  return [
    ...(spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: "Exists" })),
    ...(spec?.scopeSelector?.matchExpressions ?? []),
  ];
}

/** A requirement over one name that an object has or has not, as over a label. */
export function matchesName({ operator, values = [] }: ScopedResourceSelectorRequirement, name: string | undefined): boolean {
  switch (operator) {
    case "In": return name !== undefined && values.includes(name);
    case "NotIn": return name === undefined || !values.includes(name);
    case "Exists": return name !== undefined;
    case "DoesNotExist": return name === undefined;
    default: return false;
  }
}
