import type { KubeObject } from "../../src/kinds/object.ts";
import type { Pod, PodTemplateSpec } from "../../src/kinds/types/core-v1.generated.ts";
import type { TestCluster } from "./test-cluster.ts";

/** Changes and questions that read well in tests of controllers. */
export const setImage = (image: string) => (draft: KubeObject): void => {
  const template = (draft.spec as { template: PodTemplateSpec }).template;
  for (const container of template.spec!.containers!) container.image = image;
};

export const scaleTo = (replicas: number) => (draft: KubeObject): void => { (draft.spec as { replicas: number }).replicas = replicas; };

export const isReady = (pod: Pod): boolean =>
  !pod.metadata.deletionTimestamp && (pod.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True") ?? false);

/** Ready pods of an owner, for `observe`. */
export const countAvailable = (owner: KubeObject) => (cluster: TestCluster): number => cluster.pods(owner).filter(isReady).length;

export const runs = (image: string) => (pod: Pod): boolean => pod.spec!.containers!.every((c) => c.image === image);
