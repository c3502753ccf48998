import type { Pod, PodTemplateSpec } from "../../types/core-v1.generated.ts";
import type { StatefulSet } from "../../types/apps-v1.generated.ts";
import { podFromTemplate } from "../pod-from-template.ts";
import { withClaimVolumes } from "./claims.ts";
import { statefulSet as statefulSetKind } from "./kind.ts";

const REVISION_LABEL = "controller-revision-hash";
const POD_NAME_LABEL = "statefulset.kubernetes.io/pod-name";
const POD_INDEX_LABEL = "apps.kubernetes.io/pod-index";

/** The number at the end of the name of one of the set's pods; undefined for any other name. */
export function ordinalOf(set: StatefulSet, pod: Pod): number | undefined {
  const prefix = `${set.metadata.name}-`;
  const name = pod.metadata.name!;
  const digits = name.slice(prefix.length);
  return name.startsWith(prefix) && /^(0|[1-9]\d{0,9})$/.test(digits) ? Number(digits) : undefined;
}

export const podName = (set: StatefulSet, ordinal: number): string => `${set.metadata.name}-${ordinal}`;
export const claimName = (set: StatefulSet, template: string, ordinal: number): string => `${template}-${podName(set, ordinal)}`;
export const revisionOf = (pod: Pod): string => pod.metadata.labels?.[REVISION_LABEL] ?? "";

/** A pod with its name, host name and volumes; `revision` is the name of the ControllerRevision that `template` is from. */
export function newPod(set: StatefulSet, ordinal: number, template: PodTemplateSpec, revision: string): Pod {
  const made = podFromTemplate(statefulSetKind, set, template);
  const name = podName(set, ordinal);
  const { generateName: _, ...metadata } = made.metadata;
  const spec = withClaimVolumes(made.spec!, set.spec?.volumeClaimTemplates ?? [], (claim) => claimName(set, claim, ordinal));
  return {
    ...made,
    metadata: { ...metadata, name, labels: { ...metadata.labels, [POD_NAME_LABEL]: name, [POD_INDEX_LABEL]: String(ordinal), [REVISION_LABEL]: revision } },
    spec: { ...spec, hostname: name, ...(set.spec?.serviceName && { subdomain: set.spec.serviceName }) },
  };
}

/** Labels that an adopted pod may lack. */
export const hasIdentity = (pod: Pod): boolean => pod.metadata.labels?.[POD_NAME_LABEL] === pod.metadata.name;
export function giveIdentity(pod: Pod): void {
  pod.metadata.labels = { ...pod.metadata.labels, [POD_NAME_LABEL]: pod.metadata.name! };
}
