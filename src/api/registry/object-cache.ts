import type { KubeObject } from "../../kinds/object.ts";
import { parseJson } from "../../lib/json.ts";

/**
 * Parsed objects by revision, so that controllers and selectors do not parse the same text again and again. Bounded by
 * bytes of JSON text: two generations, of which the older is dropped when the younger is full. A write drops the state
 * that it replaces, so that the room is for what is there now. What it returns is shared and must not be changed.
 *
 * A transaction that is rolled back gives its revisions back, and the next write uses them again: every writer tells
 * the revision it is about to write, and entries from there on are forgotten.
 */
export class ObjectCache {
  readonly #bytesMax: number;
  readonly #frozen: boolean;
  #young = new Map<number, Entry>();
  #old = new Map<number, Entry>();
  #youngBytes = 0;
  #highest = 0;
  /** How often revisions were written again. */
  rewinds = 0;

  constructor(options: { bytesMax: number; frozen?: boolean }) {
    this.#bytesMax = options.bytesMax;
    this.#frozen = options.frozen ?? false;
  }

  parse(row: { revision: number; json: string }): KubeObject {
    const young = this.#young.get(row.revision);
    if (young) return young.object;
    const object = this.#old.get(row.revision)?.object ?? (parseJson(row.json) as KubeObject);
    this.#add(row.revision, object, row.json.length);
    return object;
  }

  /** The object just written as `json`: takes it over. */
  remember(revision: number, object: KubeObject, json: string): void {
    this.#add(revision, object, json.length);
  }

  /** A state that was replaced: hardly anybody asks for it again. */
  forget(revision: number): void {
    this.#youngBytes -= this.#young.get(revision)?.bytes ?? 0;
    this.#young.delete(revision);
    this.#old.delete(revision);
  }

  /** Before a write with this revision. */
  aboutToWrite(revision: number): void {
    if (revision > this.#highest) return;
    this.rewinds++;
    for (const map of [this.#young, this.#old]) for (const known of map.keys()) if (known >= revision) this.forget(known);
    this.#highest = revision - 1;
  }

  #add(revision: number, object: KubeObject, bytes: number): void {
    if (this.#frozen) deepFreeze(object);
    if (revision > this.#highest) this.#highest = revision;
    this.#youngBytes += bytes - (this.#young.get(revision)?.bytes ?? 0);
    this.#young.set(revision, { object, bytes });
    if (this.#youngBytes <= this.#bytesMax / 2) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngBytes = 0;
  }
}

interface Entry { object: KubeObject; bytes: number }

function deepFreeze(value: unknown): void {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const member of Object.values(value)) deepFreeze(member);
}
