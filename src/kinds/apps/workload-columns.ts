import type { Column } from "../kind.ts";
import type { PodTemplateSpec } from "../types/core-v1.generated.ts";
import type { LabelSelector } from "../types/meta-v1.generated.ts";
import type { KubeObject } from "../object.ts";
import { selectorText } from "./selector-text.ts";

/** What `-o wide` adds for everything that makes pods from a template. */
export function templateColumns<T extends KubeObject & { spec?: { template?: PodTemplateSpec; selector?: LabelSelector } }>(): Column<T>[] {
  const containers = (obj: T) => obj.spec?.template?.spec?.containers ?? [];
  return [
    { name: "Containers", type: "string", priority: 1, description: "Names of the containers in the template.", value: (obj) => containers(obj).map((c) => c.name).join(",") },
    { name: "Images", type: "string", priority: 1, description: "Their images.", value: (obj) => containers(obj).map((c) => c.image).join(",") },
    { name: "Selector", type: "string", priority: 1, description: "Which pods belong to it.", value: (obj) => selectorText(obj.spec?.selector) },
  ];
}
