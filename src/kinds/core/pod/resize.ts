import type { Subresource } from "../../kind.ts";
import { restore } from "../../status-subresource.ts";
import type { Container, Pod } from "../../types/core-v1.generated.ts";

/** Changes the resources of containers that run. */
export const resize: Subresource<Pod> = {
  type: "view",
  verbs: ["get", "update", "patch"],
  prepareForUpdate(obj, old) {
    restore(obj, old, "status");
    const [spec, oldSpec] = [obj.spec!, old.spec!];
    // Added, removed or renamed containers are left for validation to refuse.
    if (spec.containers.length !== oldSpec.containers.length || spec.initContainers?.length !== oldSpec.initContainers?.length) return;
    obj.spec = {
      ...oldSpec,
      containers: withResources(spec.containers, oldSpec.containers),
      ...(spec.initContainers && { initContainers: withResources(spec.initContainers, oldSpec.initContainers!) }),
      ...(spec.resources && { resources: spec.resources }),
    };
  },
};

function withResources(containers: Container[], old: Container[]): Container[] {
  if (containers.some((container, i) => container.name !== old[i]!.name)) return containers;
  return old.map((container, i) => ({
    ...container,
    resources: containers[i]!.resources,
    ...(containers[i]!.resizePolicy && { resizePolicy: containers[i]!.resizePolicy }),
  }));
}
