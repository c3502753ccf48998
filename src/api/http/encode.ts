import { notAcceptable } from "../../lib/errors.ts";
import type { Kind, KindVersion } from "../../kinds/kind.ts";
import type { KubeObject } from "../../kinds/object.ts";
import { yamlOf } from "../decode/yaml.ts";
import { encodeProtobuf, hasProtobuf } from "../protobuf/codec.ts";
import { isList, isStatus, parseInclude, partial, partialList, tableMaker, type KubeList, type Table } from "../table/table.ts";
import { mediaTypes, type Format } from "./accept.ts";

/** What of a request tells how its answer is laid out. */
export interface Asked { query: string; userAgent?: string }

/** What is known of the resource that an answer is about. */
export interface Subject extends Asked { kind?: Kind; version?: KindVersion; nowMs: number }

export type Served = KubeObject | KubeList;

/** True when the Cluster's text can go to the client unread. */
export function passesThrough(format: Format, asked: Asked): boolean {
  return format.encoding === "json" && !format.as && !isPretty(asked);
}

/** Makes what was asked for out of the object or list: itself, a Table, its metadata. */
export function transformer(format: Format, subject: Subject): (value: Served, options?: { laterEvent?: boolean }) => Served | Table {
  if (!format.as) return (value) => value;
  const { kind, version } = format.as;
  const apiVersion = `meta.k8s.io/${version}`;
  if (kind === "Table") {
    const include = parseInclude(subject.query);
    const make = tableMaker(subject.kind, subject.version);
    return (value, options) => isStatus(value) ? value : make(value, { version, include, nowMs: subject.nowMs, withoutDefinitions: options?.laterEvent });
  }
  return (value) => {
    if (isStatus(value)) return value;
    const list = isList(value);
    if (list !== (kind === "PartialObjectMetadataList")) throw notAcceptable([`you requested ${kind}, but the requested object is ${list ? "" : "not "}a list`]);
    return (list ? partialList(value, apiVersion) : partial(value, apiVersion)) as Served;
  };
}

/** Text or bytes, and the content type to say. Types without a protobuf form are served as JSON. */
export function encode(value: Served | Table, format: Format, subject: Subject): { body: string | Uint8Array; contentType: string } {
  if (format.encoding === "protobuf") {
    if (hasProtobuf(value.apiVersion, value.kind)) return { body: encodeProtobuf({ ...value }), contentType: mediaTypes.protobuf };
  }
  if (format.encoding === "yaml") return { body: yamlOf(value), contentType: mediaTypes.yaml };
  return { body: isPretty(subject) ? `${JSON.stringify(value, undefined, 2)}\n` : JSON.stringify(value), contentType: mediaTypes.json };
}

/** Asked for, or else to be read by somebody: browsers, curl and wget get lines. */
export function isPretty({ query, userAgent = "" }: Asked): boolean {
  const value = query.includes("pretty") ? new URLSearchParams(query).get("pretty") : null;
  if (value) return trueTexts.has(value);
  return userAgent.startsWith("curl") || userAgent.startsWith("Wget") || userAgent.startsWith("Mozilla/5.0");
}

/** Go's ParseBool. */
const trueTexts: ReadonlySet<string> = new Set(["1", "t", "T", "true", "TRUE", "True"]);
