import { controllerReference } from "../../controllers/ownership.ts";
import type { Kind } from "../kind.ts";
import type { KubeObject } from "../object.ts";
import type { Pod, PodTemplateSpec } from "../types/core-v1.generated.ts";

/** A pod as a workload makes it: named after its owner and owned by it. */
export function podFromTemplate(kind: Kind, owner: KubeObject & { spec?: { template?: PodTemplateSpec } }, template: PodTemplateSpec = owner.spec?.template ?? {}): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName: `${owner.metadata.name}-`,
      namespace: owner.metadata.namespace,
      labels: { ...template.metadata?.labels },
      annotations: { ...template.metadata?.annotations },
      finalizers: template.metadata?.finalizers && [...template.metadata.finalizers],
      ownerReferences: [controllerReference(kind, owner)],
    },
    spec: structuredClone(template.spec),
  } as Pod;
}
