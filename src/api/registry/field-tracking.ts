import type { Kind, KindVersion } from "../../kinds/kind.ts";
import type { KubeObject } from "../../kinds/object.ts";
import type { StructSchema } from "../../kinds/schema.ts";
import { schemaOf } from "../../kinds/facts/table.ts";
import { formatTime } from "../../kinds/values/time.ts";
import type { DecodeTarget } from "../decode/index.ts";
import { trackUpdate as managedFieldsAfter, type ManagedWrite } from "../patch/index.ts";
import { apiVersionOf, fromStorage, versionGroup } from "./catalog.ts";
import type { Write } from "./write-context.ts";

/** The type of a kind in one of its versions, as decoding, patches and managed fields need it. */
const targets = new WeakMap<KindVersion, DecodeTarget>();

export function targetOf(kind: Kind, version: KindVersion): DecodeTarget {
  let target = targets.get(version);
  if (!target) targets.set(version, (target = { group: versionGroup(kind, version), version: version.version, kind: kind.kind, schema: schemaOfVersion(version) }));
  return target;
}

function schemaOfVersion(version: KindVersion): StructSchema {
  const schema = version.schema ?? schemaOf(version.type!);
  if (schema.type !== "struct") throw new Error(`version ${version.version} has no struct schema`);
  return schema;
}

/** Sets `obj.metadata.managedFields` after a write that is no apply. */
export function trackUpdate(write: Write, obj: KubeObject, old: KubeObject | undefined): void {
  const { kind, version } = write;
  const entries = managedFieldsAfter(old && fromStorage(kind, version, old), fromStorage(kind, version, owned(write, obj, old)), targetOf(kind, version).schema, managedWrite(write));
  if (entries?.length) obj.metadata.managedFields = entries;
  else delete obj.metadata.managedFields;
}

/** Where status has a door of its own, nobody manages it through another. */
function owned({ kind, subresource }: Write, obj: KubeObject, old: KubeObject | undefined): KubeObject {
  if (subresource !== undefined || !kind.subresources?.status || obj.status === old?.status) return obj;
  const { status: _, ...rest } = obj;
  return old?.status === undefined ? rest : { ...rest, status: old.status };
}

export const managedWrite = (write: Write): ManagedWrite => ({
  manager: write.fieldManager, apiVersion: apiVersionOf(write.kind, write.version), nowIso: formatTime(write.nowMs),
  ...(write.subresource !== undefined && { subresource: write.subresource }),
});
