import { isAlias, isMap, isPair, isScalar, isSeq, parseDocument, visit, type Document, type Tags } from "yaml";
import { badRequest, requestTooLarge } from "../../lib/errors.ts";
import "../../lib/json.ts"; // writes bigints

/**
 * YAML → JSON text, of the first document. Throws ApiError 400. As Go's parser: `yes` and `on` are booleans, dates and
 * sexagesimal numbers are plain strings; aliases are bounded, so that a small text cannot grow without end. Repeated keys
 * stay repeated, for whoever decodes the JSON to judge; with aliases in the same text they are refused.
 */
export function yamlToJson(text: string): string {
  const document = parseDocument(text, { schema: "yaml-1.1", merge: true, customTags: withoutOddTags, logLevel: "silent", stringKeys: false, uniqueKeys: false, intAsBigInt: /\d{16}/.test(text) });
  const error = document.errors[0];
  if (error) throw badRequest(`error converting YAML to JSON: yaml: ${error.message.split("\n")[0]}`);
  let json: string | undefined;
  try {
    json = hasRepeatedKeys(document) ? jsonWithRepeatedKeys(document) : JSON.stringify(document.toJS({ maxAliasCount: 100 }), refuseInfinite);
  } catch (failure) {
    throw badRequest(`error converting YAML to JSON: yaml: ${(failure as Error).message.split("\n")[0]}`);
  }
  if (json !== undefined && json.length > jsonLengthMax) throw requestTooLarge("Request entity too large: limit is 3145728");
  return json ?? "null";
}

const jsonLengthMax = 3_145_728;
const odd = new Set(["tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:binary", "tag:yaml.org,2002:omap", "tag:yaml.org,2002:pairs", "tag:yaml.org,2002:set"]);

const withoutOddTags = (tags: Tags): Tags =>
  tags.filter((tag) => typeof tag === "string" || (!odd.has(tag.tag) && !("format" in tag && tag.format === "TIME")));

function refuseInfinite(_key: string, value: unknown): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) throw new Error(`json: unsupported value: ${value}`);
  return value;
}

function hasRepeatedKeys(document: Document): boolean {
  let found = false;
  visit(document, {
    Map(_key, { items }) {
      const keys = new Set(items.map(({ key }) => (isScalar(key) ? String(key.value) : key)));
      if (keys.size === items.length) return undefined;
      found = true;
      return visit.BREAK;
    },
  });
  return found;
}

function jsonWithRepeatedKeys(document: Document): string {
  const textOf = (node: unknown): string => {
    if (isAlias(node)) throw new Error("a key is already set in its map, in a document with aliases");
    if (isMap(node)) return `{${node.items.map(textOf).join(",")}}`;
    if (isPair(node)) return `${JSON.stringify(isScalar(node.key) ? String(node.key.value) : String(node.key))}:${textOf(node.value)}`;
    if (isSeq(node)) return `[${node.items.map(textOf).join(",")}]`;
    return isScalar(node) ? (JSON.stringify(node.value, refuseInfinite) ?? "null") : "null";
  };
  return textOf(document.contents);
}
