import { qosClass } from "../../pod/qos.ts";
import { podNeeds } from "../../../pod-spec/effective-resources.ts";
import { quantityOf } from "../../../pod-spec/quantity-checks.ts";
import { isExtended, isPodLevel } from "../../../pod-spec/resource-names.ts";
import type { Container, Pod, PodAffinityTerm } from "../../../types/core-v1.generated.ts";
import { quantityFromUnits, type Quantity } from "../../../values/quantity.ts";
import { isTerminal } from "../../pod/readiness.ts";
import { matchesName, type Evaluator, type Usage } from "./evaluator.ts";

type List = Readonly<Record<string, string>>;

const ONE = quantityFromUnits(1);
const COUNT = "count/pods";
const COMPUTE = new Set([
  COUNT, "pods", "cpu", "memory", "ephemeral-storage", "requests.cpu", "requests.memory", "requests.ephemeral-storage",
  "limits.cpu", "limits.memory", "limits.ephemeral-storage",
]);
/** Of these a quota demands that every container states them (kept by upstream for compatibility). */
const DEMANDED = new Set(["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"]);

export const pods: Evaluator = {
  concerns: (name) => COMPUTE.has(name) || name.startsWith("hugepages-") || name.startsWith("requests.hugepages-")
    || (name.startsWith("requests.") && isExtended(name.slice("requests.".length))),
  usage,
  matchesScope(scope, obj: Pod) {
    switch (scope.scopeName) {
      case "Terminating": return isTerminating(obj);
      case "NotTerminating": return !isTerminating(obj);
      case "BestEffort": return qosClass(obj.spec!) === "BestEffort";
      case "NotBestEffort": return qosClass(obj.spec!) !== "BestEffort";
      case "PriorityClass": return matchesName(scope, obj.spec?.priorityClassName || undefined);
      case "CrossNamespacePodAffinity": return affinityTerms(obj).some((term) => (term.namespaces?.length ?? 0) > 0 || term.namespaceSelector !== undefined);
      default: return false;
    }
  },
  checksUpdate: (obj: Pod, old: Pod, subresource) => subresource === "resize" || (subresource === undefined && isTerminating(obj) !== isTerminating(old)),
  recounts: (obj: Pod, old: Pod) => isTerminal(obj) !== isTerminal(old) || isTerminating(obj) !== isTerminating(old)
    || (obj.metadata.generation !== old.metadata.generation && !obj.metadata.deletionTimestamp),
  missing,
};

/** Completed pods are objects still, but use nothing; so do pods whose grace period is over. */
function usage(obj: Pod, nowMs: number): Usage {
  if (isTerminal(obj) || isOverdue(obj, nowMs)) return { [COUNT]: ONE };
  return { [COUNT]: ONE, ...computeUsage(podNeeds(obj.spec!, "requests"), podNeeds(obj.spec!, "limits")) };
}

function isOverdue({ metadata }: Pod, nowMs: number): boolean {
  if (!metadata.deletionTimestamp || metadata.deletionGracePeriodSeconds === undefined) return false;
  // The timestamp lies at the end of the grace period already; upstream adds the period once more.
  return nowMs > Date.parse(metadata.deletionTimestamp) + Number(metadata.deletionGracePeriodSeconds) * 1000;
}

const isTerminating = ({ spec }: Pod): boolean => spec?.activeDeadlineSeconds != null && spec.activeDeadlineSeconds >= 0;

function affinityTerms({ spec }: Pod): PodAffinityTerm[] {
  return [spec?.affinity?.podAffinity, spec?.affinity?.podAntiAffinity].flatMap((affinity) => [
    ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((weighted) => weighted.podAffinityTerm),
  ]);
}

function computeUsage(requests: List, limits: List): Usage {
  const used: Record<string, Quantity> = { pods: ONE };
  for (const [name, text] of Object.entries(requests)) {
    const amount = quantityOf(text);
    const counts = name === "cpu" || name === "memory" || name === "ephemeral-storage" || name.startsWith("hugepages-");
    if (counts) used[name] = amount;
    if (counts || isExtended(name)) used[`requests.${name}`] = amount;
  }
  for (const name of ["cpu", "memory", "ephemeral-storage"]) if (limits[name] !== undefined) used[`limits.${name}`] = quantityOf(limits[name]);
  return used;
}

function missing(names: readonly string[], { spec }: Pod): string | undefined {
  if (Object.keys({ ...spec?.resources?.requests, ...spec?.resources?.limits }).some(isPodLevel)) return undefined;
  const demanded = names.filter((name) => DEMANDED.has(name)).sort();
  const containers: Container[] = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  const texts = demanded.flatMap((name) => {
    const without = containers.filter(({ resources }) => !(name in computeUsage(resources?.requests ?? {}, resources?.limits ?? {})));
    return without.length === 0 ? [] : [`${name} for: ${[...new Set(without.map((c) => c.name))].sort().join(",")}`];
  });
  return texts.length === 0 ? undefined : `must specify ${texts.join("; ")}`;
}
