/**
 * The kinds that the cluster's CustomResourceDefinitions describe, as the registry's catalog asks for them. One definition
 * is read for a question about one resource, and none for a question about which there are: summaries answer that.
 */
import type { Kind } from "../kind.ts";
import type { Reader } from "../transaction.ts";
import type { CustomResourceDefinition } from "../types/apiextensions-v1.generated.ts";
import { kindFromCrd } from "./custom-resource-definition/kind-from-crd.ts";
import { customResourceDefinition } from "./custom-resource-definition/kind.ts";
import { isTrue } from "./custom-resource-definition/status.ts";
import { groupPrefix, parseSummary, summaryIndex, type DefinitionSummary } from "./custom-resource-definition/summary.ts";

export const customKinds = {
  kindFor: (reader: Reader, group: string, resource: string): Kind | undefined =>
    group.includes(".") ? kindNamed(reader, `${resource}.${group}`) : undefined,

  kindOf(reader: Reader, group: string, kind: string): Kind | undefined {
    if (!group.includes(".")) return undefined;
    for (const crd of reader.list(customResourceDefinition, { field: { path: "kindAndGroup", value: `${kind}.${group}` } })) {
      const found = kindNamed(reader, crd.metadata.name!);
      if (found) return found;
    }
    return undefined;
  },
};

/** Of every definition, or of those of one group. */
export function* summaries(reader: Reader, group?: string): Iterable<DefinitionSummary> {
  for (const text of reader.indexValues(customResourceDefinition, summaryIndex, group === undefined ? "" : groupPrefix(group))) yield parseSummary(text);
}

/** As upstream, a definition whose names are accepted or that was established once is served. */
const isServed = (crd: CustomResourceDefinition): boolean => isTrue(crd, "Established") || isTrue(crd, "NamesAccepted");

interface Kept { state: string; characters: number; kind: Kind | undefined }

/** Parsed definitions take several times their text; those used lately are kept. */
const charactersMax = 6_000_000;
const keptOf = new WeakMap<object, KeptKinds>();

class KeptKinds {
  readonly #byName = new Map<string, Kept>();
  #characters = 0;

  get(name: string, state: string): Kept | undefined {
    const known = this.#byName.get(name);
    if (known?.state !== state) return undefined;
    this.#byName.delete(name);
    this.#byName.set(name, known);
    return known;
  }

  add(name: string, kept: Kept): void {
    this.#drop(name);
    this.#byName.set(name, kept);
    this.#characters += kept.characters;
    for (const oldest of this.#byName.keys()) {
      if (this.#characters <= charactersMax || oldest === name) break;
      this.#drop(oldest);
    }
  }

  #drop(name: string): void {
    this.#characters -= this.#byName.get(name)?.characters ?? 0;
    this.#byName.delete(name);
  }
}

/** A kind stays the same object while its definition's state does. */
function kindNamed(reader: Reader, name: string): Kind | undefined {
  const state = reader.stateOf(customResourceDefinition, undefined, name);
  if (state === undefined) return undefined;
  const scope = reader.scope ?? {};
  let kept = keptOf.get(scope);
  if (!kept) keptOf.set(scope, (kept = new KeptKinds()));
  const known = kept.get(name, state);
  if (known) return known.kind;
  const crd = reader.get(customResourceDefinition, undefined, name)!;
  const kind = isServed(crd) ? kindFromCrd(crd) : undefined;
  kept.add(name, { state, characters: JSON.stringify(crd).length, kind });
  return kind;
}
