import { baseline } from "./baseline.ts";
import type { Check, CheckedPod, Violation } from "./check.ts";
import type { LevelVersion } from "./policy.ts";
import { restricted } from "./restricted.ts";

/** What of a pod violates a level as it was in a version. Later versions than the rules know count as the latest. */
export function violationsOf({ level, minor }: LevelVersion, pod: CheckedPod): Violation[] {
  if (level === "privileged") return [];
  const strict = level === "restricted" ? Object.values(restricted).flatMap((versions) => inForce(versions, minor) ?? []) : [];
  const overridden = new Set(strict.map((check) => check.overrides));
  const basic = Object.entries(baseline).filter(([id]) => !overridden.has(id)).flatMap(([, versions]) => inForce(versions, minor) ?? []);
  return [...basic, ...strict].map((check) => check.find(pod)).filter((violation) => violation !== undefined);
}

const inForce = <C extends Check>(versions: readonly C[], minor: number): C | undefined => versions.findLast((check) => check.from <= minor);

export const reasonsText = (violations: readonly Violation[]): string => violations.map(({ reason }) => reason).join(", ");
export const detailsText = (violations: readonly Violation[]): string =>
  violations.map(({ reason, detail }) => (detail === "" ? reason : `${reason} (${detail})`)).join(", ");
