/**
 * Conversion of custom resources between versions by their author's webhook: what is sent, and what of the answer may be
 * believed, in upstream's words (apiextensions' webhookConverter). Of metadata a webhook may change labels and annotations.
 */
import type { ConversionWebhook, Kind } from "../../kinds/kind.ts";
import type { KubeObject, ObjectMeta } from "../../kinds/object.ts";
import { validateAnnotations } from "../../kinds/validate-object-meta.ts";
import { validateLabels } from "../../kinds/values/label-selector.ts";
import { ApiError, internalError } from "../../lib/errors.ts";
import { Path } from "../../lib/field-error.ts";
import { parseJson } from "../../lib/json.ts";
import { addressOf, serverError, type Endpoint, type OutboundAnswer, type OutboundCall } from "../../lib/outbound.ts";
import { textOf } from "../../lib/json-value.ts";

const TIMEOUT_SECONDS = 30;
const ANSWER_BYTES_MAX = 24_000_000;
const GROUP = "apiextensions.k8s.io";

export interface Conversion { kind: Kind; webhook: ConversionWebhook; objects: readonly KubeObject[]; to: string }

/** `uidOf` draws the review's uid for its content. */
export function conversionCall({ kind, webhook, objects, to }: Conversion, uidOf: (content: string) => string): { call: OutboundCall; uid: string } {
  const version = webhook.conversionReviewVersions.find((v) => v === "v1" || v === "v1beta1");
  if (version === undefined) throw internalError("no supported conversion review versions");
  const rest = `"desiredAPIVersion":${JSON.stringify(to)},"objects":${JSON.stringify(objects)}`;
  const uid = uidOf(`${kind.resource}.${kind.group}/${rest}`);
  const body = `{"kind":"ConversionReview","apiVersion":"${GROUP}/${version}","request":{"uid":"${uid}",${rest}},"response":{"uid":"","convertedObjects":null,"result":{"metadata":{}}}}`;
  return { uid, call: {
    endpoint: endpointOf(webhook), method: "POST", body, query: `timeout=${TIMEOUT_SECONDS}s`, timeoutMs: TIMEOUT_SECONDS * 1000, bytesMax: ANSWER_BYTES_MAX,
    headers: { "Content-Type": "application/json", Accept: "application/json, */*" },
  } };
}

function endpointOf({ clientConfig: { url, service, caBundle } }: ConversionWebhook): Endpoint {
  const trusted = caBundle ? { caBundle } : {};
  return service ? { service: { port: 443, ...service }, ...trusted } : { url: url ?? "", ...trusted };
}

/** The converted objects in their order; the result is the caller's own. Throws ApiError. */
export function convertedObjects(conversion: Conversion, { call, uid }: { call: OutboundCall; uid: string }, answer: OutboundAnswer): KubeObject[] {
  const { objects, to } = conversion;
  const fail = (text: string) => failure(`conversion webhook for ${gvkOf(objects[0]!)} ${text}`);
  if ("error" in answer) throw fail(`failed: Post ${JSON.stringify(`${addressOf(call.endpoint)}?${call.query}`)}: ${answer.error}`);
  if (answer.status < 200 || answer.status > 206) throw fail(`failed: ${serverError(answer)}`);
  const converted = convertedIn(answer.body, uid, call.body!.startsWith(`{"kind":"ConversionReview","apiVersion":"${GROUP}/v1"`), fail);
  if (converted.length !== objects.length) throw fail(`returned ${converted.length} objects, expected ${objects.length}`);
  return converted.map((object, i) => {
    const where = objects.length === 1 ? "" : ` at index ${i}`;
    const wrong = refusalOf(objects[i]!, object, to);
    if (wrong !== undefined) throw fail(`returned invalid ${wrong.startsWith("invalid") ? `object at index ${i}` : `object${where}`}: ${wrong}`);
    return withMetadataOf(objects[i]!, object as KubeObject, (text) => fail(`returned invalid metadata${where === "" ? "" : ` in object${where}`}: ${text}`));
  });
}

/** As an unknown error upstream: 500 without a reason. */
function failure(message: string): ApiError {
  const error = new ApiError(500, "", message);
  delete error.status.reason;
  return error;
}

interface Review { apiVersion?: unknown; kind?: unknown; response?: { uid?: unknown; convertedObjects?: unknown; result?: { status?: unknown; message?: unknown } } | null }

function convertedIn(body: string, uid: string, isV1: boolean, fail: (text: string) => ApiError): unknown[] {
  const failed = (text: string) => fail(`failed: ${text}`);
  let review: Review;
  try {
    review = parseJson(body) as Review;
    if (typeof review !== "object" || review === null) throw new Error("not an object");
  } catch {
    throw failed("couldn't get version/kind; json parse error");
  }
  const expected = `${GROUP}/v1, Kind=ConversionReview`;
  const got = `${textOf(review.apiVersion)}, Kind=${textOf(review.kind)}`;
  if (isV1 && got !== expected) throw failed(`expected webhook response of ${expected}, got ${got}`);
  const { response } = review;
  if (!response) throw failed("no response provided");
  if (isV1 && response.uid !== uid) throw failed(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(textOf(response.uid))}`);
  if (response.result?.status !== "Success") throw failed(textOf(response.result?.message) || `response.result.status was '${textOf(response.result?.status)}', not 'Success'`);
  return Array.isArray(response.convertedObjects) ? response.convertedObjects : [];
}

function refusalOf(original: KubeObject, converted: unknown, to: string): string | undefined {
  if (typeof converted !== "object" || converted === null || Array.isArray(converted)) return `invalid groupVersion (expected ${to}, received )`;
  const { apiVersion, kind, metadata } = converted as Partial<KubeObject>;
  if (apiVersion !== to) return `invalid groupVersion (expected ${to}, received ${textOf(apiVersion)})`;
  if (kind !== original.kind) return `invalid kind (expected ${original.kind}, received ${textOf(kind)})`;
  for (const [field, words] of [["name", "name"], ["namespace", "namespace"], ["uid", "UID"]] as const) {
    const [before, after] = [original.metadata[field] ?? "", (metadata as ObjectMeta | undefined)?.[field] ?? ""];
    if (before !== after) return `must have the same ${words}: ${before} != ${textOf(after)}`;
  }
  return undefined;
}

function withMetadataOf(original: KubeObject, converted: KubeObject, fail: (text: string) => ApiError): KubeObject {
  const given = converted.metadata as unknown;
  if (given === undefined) throw fail("missing metadata in converted object");
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw fail("invalid metadata of type string in converted object");
  const metadata = structuredClone(original.metadata);
  for (const field of ["labels", "annotations"] as const) {
    const values = (given as ObjectMeta)[field] as unknown;
    if (values === undefined || values === null) { delete metadata[field]; continue; }
    metadata[field] = checkedMap(field, values, fail);
  }
  return { ...converted, metadata };
}

function checkedMap(field: "labels" | "annotations", values: unknown, fail: (text: string) => ApiError): Record<string, string> {
  if (typeof values !== "object" || values === null || Array.isArray(values)) throw fail(`invalid metadata.${field} of type ${typeof values} in converted object`);
  for (const [key, value] of Object.entries(values)) if (typeof value !== "string") throw fail(`metadata.${field}[${key}] must be a string, but is ${typeof value} in converted object`);
  const map = values as Record<string, string>;
  const errors = field === "labels" ? validateLabels(map, Path.of("metadata", "labels")) : validateAnnotations(map);
  if (errors.length > 0) throw fail(errors.map((error) => `${error.field}: ${error.message}`).join(", "));
  return map;
}

const gvkOf = ({ apiVersion, kind }: KubeObject): string => `${apiVersion}, Kind=${kind}`;
