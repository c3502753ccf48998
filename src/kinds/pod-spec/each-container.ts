import type { Container, PodSpec } from "../types/core-v1.generated.ts";

/** Containers of all sorts with their paths, in upstream's order. */
export function eachContainer(spec: PodSpec, path: string, visit: (container: Container, path: string) => void): void {
  spec.initContainers?.forEach((container, i) => visit(container, `${path}.initContainers[${i}]`));
  spec.containers?.forEach((container, i) => visit(container, `${path}.containers[${i}]`));
  spec.ephemeralContainers?.forEach((container, i) => visit(container, `${path}.ephemeralContainers[${i}]`));
}
