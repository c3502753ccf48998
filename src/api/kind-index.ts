import { resourceKey, type Column, type Kind, type KindVersion } from "../kinds/kind.ts";
import type { KubeObject } from "../kinds/object.ts";
import type { Call } from "./call.ts";
import type { ClusterStub } from "./cluster-stub.ts";
import type { Parts } from "./environment.ts";

/** Kinds by where requests find them. A kind may be served under two groups (Event). */
export type KindIndex = ReadonlyMap<string, Kind>;

const indexes = new WeakMap<readonly Kind[], KindIndex>();

export function indexOf(kinds: readonly Kind[]): KindIndex {
  let index = indexes.get(kinds);
  if (!index) {
    index = new Map(kinds.flatMap((kind) => groupsOf(kind).map((group) => [resourceKey({ group, resource: kind.resource }), kind] as const)));
    indexes.set(kinds, index);
  }
  return index;
}

export function groupsOf(kind: Kind): string[] {
  return [...new Set(kind.versions.map((v) => v.group ?? kind.group))];
}

export function builtInKind(parts: Parts, at: { group: string; resource: string }): Kind | undefined {
  return indexOf(parts.kinds).get(resourceKey(at));
}

/** Built in or custom. */
export async function findKind(call: Call, at: { group: string; resource: string }): Promise<Kind | undefined> {
  return builtInKind(call.parts, at) ?? indexOf((await customKinds(call)).kinds).get(resourceKey(at));
}

export interface CustomKinds { version: string; kinds: readonly Kind[] }

/** Of the clusters that this isolate served lately; each is checked against the cluster's version of them on every use. */
const known = new Map<string, CustomKinds>();
const KNOWN_MAX = 64;

export async function customKinds(call: { cluster: { id: string; stub: ClusterStub }; parts: Parts }): Promise<CustomKinds> {
  const { id, stub } = call.cluster;
  const before = known.get(id);
  const answer = await stub.definitions(before?.version);
  if (before && !answer.definitions) return before;
  const kinds = (answer.definitions ?? []).map((text) => call.parts.kindOfDefinition(JSON.parse(text) as KubeObject));
  const now = { version: answer.version, kinds };
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(id, now);
  return now;
}

export function versionOf(kind: Kind, group: string, version: string): KindVersion | undefined {
  return kind.versions.find((v) => v.version === version && (v.group ?? kind.group) === group && v.served !== false);
}

/** Columns, and the form of an object that they read. */
export function columnsOf(kind: Kind, version: KindVersion): { columns: readonly Column[]; prepare: (obj: KubeObject) => KubeObject } {
  if (version.columns) return { columns: version.columns, prepare: (obj) => obj };
  return { columns: kind.columns ?? [], prepare: version.toStorage ?? ((obj) => obj) };
}
