/**
 * Between what a custom resource's definition wants and what is stored: objects may have been written under an earlier
 * state of it, or in another of its versions. As upstream, a stored object is pruned and defaulted by the version in which
 * it was written, and then converted; and it is stored in one version, whoever wrote it. Kinds that do not evolve pass
 * through untouched.
 */
import type { Kind, KindVersion } from "../../kinds/kind.ts";
import type { KubeObject } from "../../kinds/object.ts";
import { ApiError } from "../../lib/errors.ts";
import { conformObject } from "../decode/index.ts";
import { apiVersionOf } from "./catalog.ts";
import { targetOf } from "./field-tracking.ts";
import { parseJson } from "../../lib/json.ts";

interface Row { revision: number; json: string }

/** Whether the row's text is what the kind's first version reads. */
export function isCurrent(kind: Kind, row: { revision: number }): boolean {
  const { evolution } = kind;
  return evolution === undefined || (row.revision > evolution.since && evolution.stored === kind.versions[0].version);
}

/** The object of a row as the kind's first version has it. `stored` is its parsed text and is not changed. */
export function readForm(kind: Kind, stored: KubeObject, row: Row): { object: KubeObject; json: string } {
  if (isCurrent(kind, row)) return { object: stored, json: row.json };
  const object = converted(kind, completed(kind, parseJson(row.json) as KubeObject), kind.versions[0]);
  return { object, json: JSON.stringify(object) };
}

/** What is stored for an object of the kind's first version: the same object where nothing is to be done. */
export function storedForm(kind: Kind, object: KubeObject): KubeObject {
  const { evolution } = kind;
  if (evolution === undefined || evolution.stored === kind.versions[0].version) return object;
  const storage = kind.versions.find((v) => v.version === evolution.stored)!;
  return completed(kind, converted(kind, structuredClone(object), storage));
}

/** Pruned and defaulted by its own version, in place; as it is if that version is no more. */
function completed(kind: Kind, object: KubeObject): KubeObject {
  const version = kind.versions.find((v) => apiVersionOf(kind, v) === object.apiVersion);
  if (!version) return object;
  const pruned = conformed(kind, version, object);
  kind.evolution!.defaults(version.version, pruned);
  return pruned;
}

function converted(kind: Kind, object: KubeObject, to: KindVersion): KubeObject {
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
