import { pod as podKind } from "../../kinds/core/pod/kind.ts";
import type { Reader } from "../../kinds/transaction.ts";
import type { Pod } from "../../kinds/types/core-v1.generated.ts";
import { reasonsText, violationsOf } from "./evaluate.ts";
import { policyText, type LevelVersion } from "./policy.ts";

const PODS_MAX = 3000;

/** What to tell about the pods that a namespace already has when it becomes stricter: they stay. */
export function existingPodWarnings(reader: Reader, namespace: string, enforce: LevelVersion): string[] {
  const pods = reader.list(podKind, { namespace });
  const checked = onePerController(pods).slice(0, PODS_MAX);
  const names = new Map<string, string[]>();
  for (const { metadata, spec } of checked) {
    const reasons = reasonsText(violationsOf(enforce, { metadata, spec: spec! }));
    if (reasons !== "") names.set(reasons, [...(names.get(reasons) ?? []), metadata.name!]);
  }
  return [
    ...(checked.length < pods.length ? [`new PodSecurity enforce level only checked against the first ${checked.length} of ${pods.length} existing pods`] : []),
    ...(names.size > 0 ? [`existing pods in namespace ${JSON.stringify(namespace)} violate the new PodSecurity enforce level ${JSON.stringify(policyText(enforce))}`] : []),
    ...[...names].map(([reasons, found]) => `${found.sort()[0]}${andOthers(found.length - 1)}: ${reasons}`).sort(),
  ];
}

const andOthers = (count: number): string => (count === 0 ? "" : count === 1 ? " (and 1 other pod)" : ` (and ${count} other pods)`);

/** Pods of the same controller are much alike: one of each comes first. */
function onePerController(pods: readonly Pod[]): Pod[] {
  const seen = new Set<string>();
  const later: Pod[] = [];
  const first = pods.filter((pod) => {
    const uid = pod.metadata.ownerReferences?.find((owner) => owner.controller)?.uid;
    if (uid === undefined || !seen.has(uid)) { if (uid !== undefined) seen.add(uid); return true; }
    later.push(pod);
    return false;
  });
  return [...first, ...later];
}
