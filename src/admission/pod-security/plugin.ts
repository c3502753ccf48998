import { namespace as namespaceKind } from "../../kinds/core/namespace/kind.ts";
import { pod as podKind } from "../../kinds/core/pod/kind.ts";
import type { WriteContext } from "../../kinds/kind.ts";
import type { KubeObject } from "../../kinds/object.ts";
import type { Container, Pod, PodTemplateSpec } from "../../kinds/types/core-v1.generated.ts";
import { forbidden, invalid } from "../../lib/errors.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../plugin.ts";
import type { CheckedPod } from "./check.ts";
import { detailsText, violationsOf } from "./evaluate.ts";
import { existingPodWarnings } from "./existing-pods.ts";
import { policyOf, policyText, isStricter, type Policy } from "./policy.ts";

/**
 * The Pod Security Standards by the labels of a namespace: `enforce` refuses pods, `audit` and `warn` tell the audit log and the client, also about the
 * templates of workloads. A namespace that becomes stricter hears about the pods that it has. Nobody is exempt.
 */
export const podSecurity: AdmissionPlugin = {
  name: "PodSecurity",
  handles: ({ operation, kind, subresource }) => {
    if (operation !== "CREATE" && operation !== "UPDATE") return false;
    if (kind === podKind) return subresource === undefined || !IGNORED_SUBRESOURCES.has(subresource);
    return subresource === undefined && (kind === namespaceKind || templateOf.has(`${kind.group}/${kind.resource}`));
  },
  validate(attributes, ctx) {
    if (attributes.kind === namespaceKind) return checkNamespace(attributes, ctx);
    const labels = ctx.reader.get(namespaceKind, undefined, attributes.namespace!)?.metadata.labels;
    const { policy } = policyOf(labels);
    if (attributes.kind === podKind) checkPod(attributes, policy, ctx);
    else if (policy.warn.level !== "privileged" || policy.audit.level !== "privileged") checkTemplate(attributes, policy, ctx);
  },
};

const IGNORED_SUBRESOURCES = new Set(["exec", "attach", "binding", "assignment", "eviction", "log", "portforward", "proxy", "status"]);

const inSpec = (obj: KubeObject) => (obj.spec as { template?: PodTemplateSpec } | undefined)?.template;
const templateOf = new Map<string, (obj: KubeObject) => PodTemplateSpec | undefined>([
  ["/podtemplates", (obj) => obj.template as PodTemplateSpec | undefined],
  ["/replicationcontrollers", inSpec], ["apps/replicasets", inSpec], ["apps/deployments", inSpec], ["apps/statefulsets", inSpec], ["apps/daemonsets", inSpec],
  ["batch/jobs", inSpec],
  ["batch/cronjobs", (obj) => (obj.spec as { jobTemplate?: { spec?: { template?: PodTemplateSpec } } } | undefined)?.jobTemplate?.spec?.template],
]);

function checkPod({ operation, object, old, name }: AdmissionAttributes, policy: Policy, ctx: WriteContext): void {
  if ([policy.enforce, policy.audit, policy.warn].every(({ level }) => level === "privileged")) return;
  const pod = object as Pod;
  if (operation === "UPDATE" && !isSignificant(pod, old as Pod)) return;
  const checked: CheckedPod = { metadata: pod.metadata, spec: pod.spec! };
  ctx.annotate?.("pod-security.kubernetes.io/enforce-policy", policyText(policy.enforce));
  auditOf(checked, policy, ctx);
  const violations = violationsOf(policy.enforce, checked);
  if (violations.length > 0) {
    throw forbidden({ group: "", resource: "pods", name: pod.metadata.name ?? name }, `violates PodSecurity ${JSON.stringify(policyText(policy.enforce))}: ${detailsText(violations)}`);
  }
  warnOf(checked, policy, ctx);
}

function checkTemplate({ kind, object }: AdmissionAttributes, policy: Policy, ctx: WriteContext): void {
  const template = templateOf.get(`${kind.group}/${kind.resource}`)!(object!);
  if (!template?.spec) return;
  const checked: CheckedPod = { metadata: template.metadata ?? {}, spec: template.spec };
  auditOf(checked, policy, ctx);
  warnOf(checked, policy, ctx);
}

function auditOf(pod: CheckedPod, { audit }: Policy, ctx: WriteContext): void {
  const violations = violationsOf(audit, pod);
  if (violations.length > 0) ctx.annotate?.("pod-security.kubernetes.io/audit-violations", `would violate PodSecurity ${JSON.stringify(policyText(audit))}: ${detailsText(violations)}`);
}

function warnOf(pod: CheckedPod, { warn }: Policy, ctx: WriteContext): void {
  const violations = violationsOf(warn, pod);
  if (violations.length > 0) ctx.warn(`would violate PodSecurity ${JSON.stringify(policyText(warn))}: ${detailsText(violations)}`);
}

/** Only images and containers of a pod can change in a way that matters. */
function isSignificant({ spec }: Pod, { spec: old }: Pod): boolean {
  const images = (containers: readonly Container[] | undefined) => (containers ?? []).map((c) => c.image).join("\n");
  if (images(spec?.containers) !== images(old?.containers) || images(spec?.initContainers) !== images(old?.initContainers)) return true;
  return (spec?.ephemeralContainers ?? []).some((c) => old?.ephemeralContainers?.find((o) => o.name === c.name)?.image !== c.image);
}

function checkNamespace({ operation, object, old, name }: AdmissionAttributes, ctx: WriteContext): void {
  const { policy, errors } = policyOf(object!.metadata.labels);
  const before = old && policyOf(old.metadata.labels);
  const isOldFault = before !== undefined && JSON.stringify(before.errors) === JSON.stringify(errors);
  if (errors.length > 0 && !isOldFault) throw invalid({ group: "", resource: "namespaces", kind: "Namespace", name: object!.metadata.name ?? name }, errors);
  if (operation !== "UPDATE" || !before) return;
  const [now, was] = [policy.enforce, before.policy.enforce];
  if (now.level === "privileged" || (now.minor === was.minor && !isStricter(now.level, was.level))) return;
  for (const text of existingPodWarnings(ctx.reader, object!.metadata.name!, now)) ctx.warn(text);
}
