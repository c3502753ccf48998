/**
 * Between what a custom resource's definition wants and what is stored: objects may have been written under an earlier
 * state of it, or in another of its versions. As upstream, a stored object is pruned and defaulted by the version in which
 * it was written, and then converted; and it is stored in one version, whoever wrote it. Kinds that do not evolve pass
 * through untouched. What a webhook converted is remembered, within bounds, as long as the definition stays as it is.
 */
import type { Kind, KindVersion } from "../../kinds/kind.ts";
import type { KubeObject } from "../../kinds/object.ts";
import { ApiError } from "../../lib/errors.ts";
import { parseJson } from "../../lib/json.ts";
import { conformObject } from "../decode/index.ts";
import { apiVersionOf, storeKey } from "./catalog.ts";
import { conversionCall, convertedObjects } from "./conversion.ts";
import { targetOf } from "./field-tracking.ts";
import type { Session } from "./session.ts";

export interface Row { revision: number; json: string }
export interface Form { object: KubeObject; json: string }

/** Whether the row's text is what the kind's first version reads. */
export function isCurrent(kind: Kind, row: { revision: number }): boolean {
  const { evolution } = kind;
  return evolution === undefined || (row.revision > evolution.since && evolution.stored === kind.versions[0].version);
}

/** Whether a webhook has to be asked before the row can be read. */
export function isMissing(tx: Session, kind: Kind, row: Row): boolean {
  return !isCurrent(kind, row) && kind.evolution!.webhook !== undefined
    && tx.cache.parse(row).apiVersion !== apiVersionOf(kind) && !tx.machinery.conversions.has(keyOf(tx, kind, row));
}

/** The objects of rows as the kind's first version has them, with one call of a webhook if there is one to ask. */
export function readForms(tx: Session, kind: Kind, rows: readonly Row[]): Form[] {
  const missing = rows.filter((row) => isMissing(tx, kind, row));
  const made = new Map(missing.length > 0 ? convertByWebhook(tx, kind, missing) : []);
  return rows.map((row) => made.get(row) ?? readForm(tx, kind, row));
}

function readForm(tx: Session, kind: Kind, row: Row): Form {
  const stored = tx.cache.parse(row);
  if (isCurrent(kind, row)) return { object: stored, json: row.json };
  const known = tx.machinery.conversions.get(keyOf(tx, kind, row));
  if (known !== undefined) return { object: parseJson(known) as KubeObject, json: known };
  return formOf(withVersion(kind, completed(kind, parseJson(row.json) as KubeObject), kind.versions[0]));
}

/** Without asking anybody: what a webhook would have to convert stays as it is stored. Metadata is the same in all versions. */
export function readFormAtOnce(tx: Session, kind: Kind, row: Row): Form {
  return isMissing(tx, kind, row) ? { object: tx.cache.parse(row), json: row.json } : readForm(tx, kind, row);
}

function convertByWebhook(tx: Session, kind: Kind, rows: readonly Row[]): [Row, Form][] {
  const objects = rows.map((row) => completed(kind, parseJson(row.json) as KubeObject));
  return asked(tx, kind, objects, kind.versions[0]).map((object, i) => {
    const form = formOf(object);
    tx.machinery.conversions.set(keyOf(tx, kind, rows[i]!), form.json);
    return [rows[i]!, form];
  });
}

/** What is stored for an object of the kind's first version: the same object where nothing is to be done. */
export function storedForm(tx: Session, kind: Kind, object: KubeObject): KubeObject {
  const { evolution } = kind;
  if (evolution === undefined || evolution.stored === kind.versions[0].version) return object;
  const storage = kind.versions.find((v) => v.version === evolution.stored)!;
  // The revision would differ each time that the request is run again.
  const { resourceVersion: _, ...metadata } = object.metadata;
  const copy = structuredClone({ ...object, metadata });
  const [converted] = evolution.webhook ? asked(tx, kind, [copy], storage) : [withVersion(kind, copy, storage)];
  return completed(kind, converted!);
}

/** An object that is being written, in another version of its kind; the same object where it is in that already. */
export function inVersion(tx: Session, kind: Kind, object: KubeObject, to: KindVersion): KubeObject {
  if (object.apiVersion === apiVersionOf(kind, to)) return object;
  const copy = structuredClone(object);
  return kind.evolution?.webhook ? asked(tx, kind, [copy], to)[0]! : withVersion(kind, copy, to);
}

function asked(tx: Session, kind: Kind, objects: readonly KubeObject[], to: KindVersion): KubeObject[] {
  const conversion = { kind, webhook: kind.evolution!.webhook!, objects, to: apiVersionOf(kind, to) };
  const prepared = conversionCall(conversion, (content) => tx.uuid(content));
  const [answer] = tx.outbound([prepared.call]);
  return convertedObjects(conversion, prepared, answer!).map((object) => conformed(kind, to, object));
}

/** Pruned and defaulted by its own version, in place; as it is if that version is no more. */
function completed(kind: Kind, object: KubeObject): KubeObject {
  const version = kind.versions.find((v) => apiVersionOf(kind, v) === object.apiVersion);
  if (!version) return object;
  const pruned = conformed(kind, version, object);
  kind.evolution!.defaults(version.version, pruned);
  return pruned;
}

function withVersion(kind: Kind, object: KubeObject, to: KindVersion): KubeObject {
  const apiVersion = apiVersionOf(kind, to);
  if (object.apiVersion === apiVersion) return object;
  return conformed(kind, to, { ...object, apiVersion });
}

/** What its schema no longer lets be decoded stays readable, so that it can be mended. */
function conformed(kind: Kind, version: KindVersion, object: KubeObject): KubeObject {
  try {
    return conformObject(object, targetOf(kind, version), "Ignore").object;
  } catch (error) {
    if (error instanceof ApiError) return object;
    throw error;
  }
}

const formOf = (object: KubeObject): Form => ({ object, json: JSON.stringify(object) });
const keyOf = (tx: Session, kind: Kind, { revision }: Row): string =>
  `${storeKey(kind)} ${kind.versions[0].version} ${revision} ${tx.cache.rewinds} ${kind.evolution?.state}`;

/** Texts that webhooks made, bounded by their length: two generations, of which the older goes when the younger is full. */
export class ConversionCache {
  readonly #charactersMax: number;
  #young = new Map<string, string>();
  #old = new Map<string, string>();
  #characters = 0;

  constructor(options: { charactersMax: number }) { this.#charactersMax = options.charactersMax; }

  has(key: string): boolean { return this.#young.has(key) || this.#old.has(key); }

  get(key: string): string | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, text: string): void {
    this.#characters += text.length;
    this.#young.set(key, text);
    if (this.#characters <= this.#charactersMax / 2) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#characters = 0;
  }
}
