import type { Taint, Toleration } from "../types/core-v1.generated.ts";

/** Does one of the tolerations match the taint? An empty key with Exists matches everything; an empty effect any effect. */
export function toleratesTaint(tolerations: readonly Toleration[] | undefined, taint: Taint): boolean {
  return tolerations?.some((toleration) => matches(toleration, taint)) ?? false;
}

function matches(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  switch (toleration.operator || "Equal") {
    case "Exists": return true;
    case "Equal": return (toleration.value ?? "") === (taint.value ?? "");
    case "Lt": return comparesTo(toleration, taint, (t, v) => v < t);
    case "Gt": return comparesTo(toleration, taint, (t, v) => v > t);
    default: return false;
  }
}

/** The numeric operators compare the taint's value with the toleration's; both must be whole numbers. */
function comparesTo(toleration: Toleration, taint: Taint, holds: (tolerated: bigint, value: bigint) => boolean): boolean {
  const whole = /^-?\d{1,19}$/;
  if (!whole.test(toleration.value ?? "") || !whole.test(taint.value ?? "")) return false;
  return holds(BigInt(toleration.value!), BigInt(taint.value!));
}
