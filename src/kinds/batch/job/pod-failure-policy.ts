import type { Job, PodFailurePolicyOnExitCodesRequirement, PodFailurePolicyRule } from "../../types/batch-v1.generated.ts";
import type { ContainerStatus, Pod } from "../../types/core-v1.generated.ts";

export interface Verdict {
  action: "Count" | "FailIndex" | "FailJob" | "Ignore";
  /** Why, for FailJob. */
  message: string;
}

/** What the first matching rule says of a failed pod; without one it counts. */
export function judgeFailure(job: Job, pod: Pod): Verdict {
  for (const [i, rule] of (job.spec?.podFailurePolicy?.rules ?? []).entries()) {
    const message = rule.onExitCodes ? matchExitCodes(rule, rule.onExitCodes, pod, i) : matchConditions(rule, pod, i);
    if (message) return { action: rule.action as Verdict["action"], message };
  }
  return { action: "Count", message: "" };
}

function matchExitCodes(rule: PodFailurePolicyRule, requirement: PodFailurePolicyOnExitCodesRequirement, pod: Pod, i: number): string | undefined {
  const statuses: ContainerStatus[] = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
  const found = statuses.find(({ name, state }) => {
    const code = state?.terminated?.exitCode ?? 0;
    if (code === 0 || (requirement.containerName != null && requirement.containerName !== name)) return false;
    return requirement.values.includes(code) === (requirement.operator === "In");
  });
  return found && `Container ${found.name} for pod ${pod.metadata.namespace}/${pod.metadata.name} failed with exit code ${found.state!.terminated!.exitCode} matching ${rule.action} rule at index ${i}`;
}

function matchConditions(rule: PodFailurePolicyRule, pod: Pod, i: number): string | undefined {
  const found = rule.onPodConditions?.find(({ type, status }) => pod.status?.conditions?.some((condition) => condition.type === type && condition.status === (status ?? "True")));
  return found && `Pod ${pod.metadata.namespace}/${pod.metadata.name} has condition ${found.type} matching ${rule.action} rule at index ${i}`;
}
