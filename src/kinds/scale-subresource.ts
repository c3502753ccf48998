import type { Subresource } from "./kind.ts";
import type { KubeObject } from "./object.ts";

/** `scale` of a kind whose number of pods is where workloads have it. */
export const scaleSubresource = <T extends KubeObject>(selector: (obj: T) => string): Subresource<T> =>
  ({ type: "scale", specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas", selector });
