import type { KubeObject } from "./object.ts";

/** Finds the objects of a namespace that no controller owns, so that a controller which adopts need not read all others. */
export const ORPHAN_INDEX = "orphan";

export const orphanIndex: Readonly<Record<string, (obj: KubeObject) => string | undefined>> = {
  [ORPHAN_INDEX]: ({ metadata }) => (metadata.ownerReferences?.some((owner) => owner.controller) ? undefined : metadata.namespace),
};
