/** AdmissionReview (admission.k8s.io/v1 and v1beta1): the question that a webhook gets, and how its answer is read. */
import type { WriteContext } from "../../kinds/kind.ts";
import { base64ToText } from "../../lib/base64.ts";
import { requestOf } from "../policy/activation.ts";
import type { Seen } from "../policy/seen.ts";
import { isJsonObject, textOf, type JsonObject } from "../../lib/json-value.ts";

const GROUP = "admission.k8s.io";
const versions = ["v1", "v1beta1"];

/** The first that the webhook understands and we do. */
export const reviewVersion = (accepted: readonly string[] | undefined): string | undefined => accepted?.find((version) => versions.includes(version));

/** Without its uid, which the caller adds. */
export function reviewRequest({ version, attributes, object = null, old = null }: { [K in keyof Seen]: Seen[K] | null }, ctx: WriteContext): Record<string, unknown> {
  const { kind, operation, subresource, name, namespace, input } = attributes!;
  const gvk = (of: typeof ctx.version) => (input ? gvkOfInput(input) : { group: of.group ?? kind.group, version: of.version, kind: kind.kind });
  const gvr = (of: typeof ctx.version) => ({ group: of.group ?? kind.group, version: of.version, resource: kind.resource });
  const within = kind.isNamespace ? name : namespace;
  return {
    kind: gvk(version!), resource: gvr(version!), ...(subresource && { subResource: subresource }),
    requestKind: gvk(ctx.version), requestResource: gvr(ctx.version), ...(subresource && { requestSubResource: subresource }),
    ...(name && { name }), ...(within && { namespace: within }), operation, userInfo: requestOf(attributes!, ctx)["userInfo"],
    object, oldObject: old, dryRun: ctx.dryRun, options: ctx.operationOptions(operation),
  };
}

function gvkOfInput({ apiVersion, kind }: { apiVersion: string; kind: string }): { group: string; version: string; kind: string } {
  const [version = "", group = ""] = apiVersion.split("/").reverse();
  return { group, version, kind };
}

export interface Verdict {
  allowed: boolean;
  /** JSON text of a JSON patch. */
  patch?: string;
  status?: GivenStatus;
  warnings: readonly string[];
  auditAnnotations: Readonly<Record<string, string>>;
}

/** What of a Status counts here; of the right types. */
export interface GivenStatus { code?: number; message?: string; reason?: string; details?: Record<string, unknown> }

/** An answer that is none. Its message goes into the error that the client gets. */
export class InvalidReview extends Error {}

export function readVerdict(body: string, { uid, version, phase }: { uid: string; version: string; phase: Seen["phase"] }): Verdict {
  const review = parse(body);
  const response = review["response"];
  if (response === undefined || response === null) throw new InvalidReview("webhook response was absent");
  if (!isJsonObject(response)) throw new InvalidReview("response is not an object");
  if (version === "v1") verify(review, response, uid, phase);
  const patch = phase === "mutating" ? textOfPatch(response["patch"]) : undefined;
  return {
    allowed: response["allowed"] === true, ...(patch && { patch }), ...(isJsonObject(response["status"]) && { status: statusOf(response["status"]) }),
    warnings: (Array.isArray(response["warnings"]) ? response["warnings"] : []).filter((one) => typeof one === "string"),
    auditAnnotations: textsOf(response["auditAnnotations"]),
  };
}

/** What only version v1 insists on. */
function verify(review: JsonObject, response: JsonObject, uid: string, phase: Seen["phase"]): void {
  if (response["uid"] !== uid) throw new InvalidReview(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(textOf(response["uid"]))}`);
  const [version = "", group = ""] = textOf(review["apiVersion"]).split("/").reverse();
  const got = `${group}/${version}, Kind=${textOf(review["kind"])}`;
  if (got !== `${GROUP}/v1, Kind=AdmissionReview`) throw new InvalidReview(`expected webhook response of ${GROUP}/v1, Kind=AdmissionReview, got ${got}`);
  const [hasPatch, patchType] = [textOf(response["patch"]) !== "", response["patchType"]];
  const hasType = patchType !== undefined && patchType !== null;
  if (phase === "validating") {
    if (hasPatch) throw new InvalidReview("validating webhook may not return response.patch");
    if (hasType) throw new InvalidReview("validating webhook may not return response.patchType");
    return;
  }
  if (hasPatch && !hasType) throw new InvalidReview("webhook returned response.patch but not response.patchType");
  if (!hasPatch && hasType) throw new InvalidReview("webhook returned response.patchType but not response.patch");
  if (hasType && patchType !== "JSONPatch") throw new InvalidReview(patchType === "" ? 'webhook returned invalid response.patchType of ""' : `unsupported patch type ${JSON.stringify(patchType)}`);
}

function statusOf({ code, message, reason, details }: JsonObject): GivenStatus {
  return { ...(typeof code === "number" && { code }), message: textOf(message), reason: textOf(reason), ...(isJsonObject(details) && { details }) };
}

function parse(body: string): JsonObject {
  let review: unknown;
  try { review = JSON.parse(body); } catch (error) { throw new InvalidReview(`couldn't get version/kind; json parse error: ${(error as Error).message}`); }
  if (!isJsonObject(review)) throw new InvalidReview("couldn't get version/kind; json parse error: the answer is not an object");
  return review;
}

function textOfPatch(encoded: unknown): string | undefined {
  if (textOf(encoded) === "") return undefined;
  try { return base64ToText(encoded as string); } catch { throw new InvalidReview("response.patch: illegal base64 data"); }
}

function textsOf(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(isJsonObject(value) ? value : {}).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}
