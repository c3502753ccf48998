import type { DaemonSet } from "../../types/apps-v1.generated.ts";

const ANNOTATION = "deprecated.daemonset.template.generation";

/** How often the template has changed: a field of older versions, which apps/v1 carries as an annotation. */
export const templateGenerationOf = ({ metadata }: DaemonSet): number => Number(metadata.annotations?.[ANNOTATION]) || 0;

export function setTemplateGeneration(obj: DaemonSet, generation: number): void {
  if (templateGenerationOf(obj) !== generation) obj.metadata.annotations = { ...obj.metadata.annotations, [ANNOTATION]: String(generation) };
}
