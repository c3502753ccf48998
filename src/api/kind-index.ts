import { resourceKey, type Column, type Kind, type KindVersion } from "../kinds/kind.ts";
import type { KubeObject } from "../kinds/object.ts";
import type { ClusterStub } from "./cluster-stub.ts";
import type { Parts } from "./environment.ts";
import { parseJson } from "../lib/json.ts";

/** Kinds by where requests find them. A kind may be served under two groups (Event). */
export type KindIndex = ReadonlyMap<string, Kind>;

const indexes = new WeakMap<readonly Kind[], KindIndex>();

function indexOf(kinds: readonly Kind[]): KindIndex {
  let index = indexes.get(kinds);
  if (!index) {
    index = new Map(kinds.flatMap((kind) => groupsOf(kind).map((group) => [resourceKey({ group, resource: kind.resource }), kind] as const)));
    indexes.set(kinds, index);
  }
  return index;
}

function groupsOf(kind: Kind): string[] {
  return [...new Set(kind.versions.map((v) => v.group ?? kind.group))];
}

export function builtInKind(parts: Parts, at: { group: string; resource: string }): Kind | undefined {
  return indexOf(parts.kinds).get(resourceKey(at));
}

type Place = { cluster: { id: string; stub: ClusterStub }; parts: Parts };

/** Of the clusters that this isolate served lately, checked against the cluster's version on every use. */
class Lately<T extends { version: string }> {
  readonly #known = new Map<string, T>();
  readonly #costMax: number;
  readonly #costOf: (value: T) => number;
  #cost = 0;

  constructor(options: { costMax: number; costOf(value: T): number }) {
    this.#costMax = options.costMax;
    this.#costOf = options.costOf;
  }

  get(key: string): T | undefined { return this.#known.get(key); }

  set(key: string, value: T): T {
    this.delete(key);
    if (this.#cost + this.#costOf(value) > this.#costMax) { this.#known.clear(); this.#cost = 0; }
    this.#known.set(key, value);
    this.#cost += this.#costOf(value);
    return value;
  }

  delete(key: string): void {
    const value = this.#known.get(key);
    if (value) this.#cost -= this.#costOf(value);
    this.#known.delete(key);
  }
}

/** Built in or custom; a custom one as the asked version has it, without its schema. */
export async function findKind(place: Place, at: { group: string; resource: string; version: string }): Promise<Kind | undefined> {
  const builtIn = builtInKind(place.parts, at);
  // Groups of custom resources are domains.
  if (builtIn || !at.group.includes(".")) return builtIn;
  return (await definedKinds(place, at))?.kinds.find((kind) => kind.versions[0].version === at.version);
}

interface DefinedKinds { version: string; kinds: readonly Kind[] }
const definedLately = new Lately<DefinedKinds>({ costMax: 1000, costOf: () => 1 });

async function definedKinds({ cluster: { id, stub }, parts }: Place, { group, resource }: { group: string; resource: string }): Promise<DefinedKinds | undefined> {
  const key = `${id}\0${resource}.${group}`;
  const before = definedLately.get(key);
  const answer = await stub.definition({ group, resource }, before?.version);
  if (!answer) return void definedLately.delete(key);
  if (answer.definition === undefined) return before;
  return definedLately.set(key, { version: answer.version, kinds: parts.kindsOfDefinition(parseJson(answer.definition) as KubeObject) });
}

/** All custom resources in all served versions, as their summaries tell: without schemas and columns. */
export interface CustomKinds { version: string; kinds: readonly Kind[]; byGroup: ReadonlyMap<string, readonly Kind[]>; bySummary: ReadonlyMap<string, readonly Kind[]> }
const customLately = new Lately<CustomKinds>({ costMax: 20_000, costOf: ({ kinds }) => 1 + kinds.length });

export async function customKinds({ cluster: { id, stub }, parts }: Place): Promise<CustomKinds> {
  const before = customLately.get(id);
  const answer = await stub.definitionSummaries(before?.version);
  if (before && !answer.summaries) return before;
  // Most are as they were.
  const bySummary = new Map((answer.summaries ?? []).map((text) => [text, before?.bySummary.get(text) ?? parts.kindsOfSummary(text)] as const));
  const kinds = [...bySummary.values()].flat();
  return customLately.set(id, { version: answer.version, kinds, byGroup: Map.groupBy(kinds, ({ group }) => group), bySummary });
}

/** Whole definitions of one group, or of all groups as long as they fit; what does not is missing. */
export async function describedKinds({ cluster: { stub }, parts }: Place, { group, charactersMax = Infinity }: { group?: string; charactersMax?: number }): Promise<Kind[]> {
  const kinds: Kind[] = [];
  let characters = 0;
  for (let after: string | undefined; ;) {
    const page = await stub.definitions({ ...(group !== undefined && { group }), ...(after !== undefined && { after }) });
    for (const text of page.definitions) {
      characters += text.length;
      if (characters > charactersMax) return kinds;
      kinds.push(...parts.kindsOfDefinition(parseJson(text) as KubeObject));
    }
    if (page.next === undefined) return kinds;
    after = page.next;
  }
}

export function versionOf(kind: Kind, group: string, version: string): KindVersion | undefined {
  return kind.versions.find((v) => v.version === version && (v.group ?? kind.group) === group && v.served !== false);
}

/** Columns, and the form of an object that they read. */
export function columnsOf(kind: Kind, version: KindVersion): { columns: readonly Column[]; prepare: (obj: KubeObject) => KubeObject } {
  if (version.columns) return { columns: version.columns, prepare: (obj) => obj };
  return { columns: kind.columns ?? [], prepare: version.toStorage ?? ((obj) => obj) };
}
