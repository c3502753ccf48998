import type { Subresource } from "../../kinds/kind.ts";
import type { KubeObject } from "../../kinds/object.ts";
import { schemaOf } from "../../kinds/facts/table.ts";
import { ApiError, badRequest, invalid } from "../../lib/errors.ts";
import { invalidValue } from "../../lib/field-error.ts";
import type { DecodeTarget } from "../decode/index.ts";
import { trackUpdate } from "./field-tracking.ts";
import { updateObject, type Existing } from "./update-object.ts";
import type { Write } from "./write-context.ts";
import { parseJson } from "../../lib/json.ts";

/** autoscaling/v1 Scale of any kind that has a number of replicas, over the paths that its subresource names. */
export type ScaleDoor = Extract<Subresource, { type: "scale" }>;

const SCALE = { group: "autoscaling", version: "v1", kind: "Scale", type: "io.k8s.api.autoscaling.v1.Scale" };

export const scaleTarget: DecodeTarget = { ...SCALE, get schema() { return schemaOf(SCALE.type); } };

/** What a patch sees where no number is set: it has to set one. As upstream. */
const unset = -2_147_483_648;

/** `toPatch`: replicas that are not set may be set by what follows. Throws where they may be unset and are. */
export function scaleOf(obj: KubeObject, door: ScaleDoor, { toPatch = false } = {}): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = obj.metadata;
  const isUnset = door.mayBeUnset === true && valueAt(obj, door.specReplicasPath) === undefined;
  if (isUnset && !toPatch) throw new ApiError(500, "InternalError", `Internal error occurred: the spec replicas field ${JSON.stringify(door.specReplicasPath)} does not exist`, { causes: [{ message: `the spec replicas field ${JSON.stringify(door.specReplicasPath)} does not exist` }] });
  const replicas = isUnset ? unset : numberAt(obj, door.specReplicasPath);
  const selector = door.selector(obj);
  return {
    kind: "Scale", apiVersion: "autoscaling/v1",
    metadata: { name, ...(namespace && { namespace }), uid, resourceVersion, creationTimestamp },
    spec: { ...(replicas && { replicas }) },
    status: { replicas: numberAt(obj, door.statusReplicasPath), ...(selector && { selector }) },
  };
}

/** Sets the replicas that `scale` asks for, through the object's own pipeline. */
export function updateScale(write: Write, existing: Existing, scale: KubeObject, door: ScaleDoor): KubeObject {
  const obj = parseJson(existing.json) as KubeObject;
  setAt(obj, door.specReplicasPath, replicasOf(scale, door));
  obj.metadata.resourceVersion = scale.metadata.resourceVersion;
  if (scale.metadata.uid) obj.metadata.uid = scale.metadata.uid;
  const written = updateObject(write, existing, obj, {
    track: (now, old) => trackUpdate(write, now, old),
    door: { input: scale, oldInput: scaleOf(existing.object, door, { toPatch: true }), inputType: SCALE, enter: (draft) => setAt(draft, door.specReplicasPath, replicasOf(scale, door)) },
  });
  return scaleOf(written.object, door);
}

function replicasOf({ spec, metadata: { name } }: KubeObject, { specReplicasPath }: ScaleDoor): number {
  const replicas = (spec as { replicas?: number } | undefined)?.replicas ?? 0;
  if (replicas === unset) throw badRequest(`the spec replicas field ${JSON.stringify(specReplicasPath)} cannot be empty`);
  if (replicas >= 0) return replicas;
  throw invalid({ group: "autoscaling", resource: "scales", kind: "Scale", ...(name && { name }) }, [invalidValue("spec.replicas", replicas, "must be greater than or equal to 0")]);
}

/** Paths are as a CRD writes them: `.spec.replicas`. */
const steps = (path: string): string[] => path.split(".").filter(Boolean);

function numberAt(obj: KubeObject, path: string): number {
  const value = valueAt(obj, path);
  return typeof value === "number" ? value : 0;
}

function valueAt(obj: KubeObject, path: string): unknown {
  let value: unknown = obj;
  for (const step of steps(path)) value = (value as Record<string, unknown> | null | undefined)?.[step];
  return value;
}

function setAt(obj: KubeObject, path: string, value: number): void {
  const names = steps(path);
  let parent: Record<string, unknown> = obj;
  for (const name of names.slice(0, -1)) parent = (parent[name] ??= {}) as Record<string, unknown>;
  parent[names.at(-1)!] = value;
}
