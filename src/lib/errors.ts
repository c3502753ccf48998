import type { FieldError } from "./field-error.ts";

/** meta/v1 Status, as served to clients. */
export interface Status {
  kind: "Status";
  apiVersion: "v1";
  metadata: Record<string, unknown>;
  status: "Success" | "Failure";
  message?: string;
  reason?: string;
  details?: StatusDetails;
  code: number;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: { reason?: string; message?: string; field?: string }[];
  retryAfterSeconds?: number;
}

/** Which resource an error speaks of. `resource` is the plural, `kind` the Kind name. */
export interface Subject { group: string; resource: string; kind?: string; name?: string }

/** The one error that reaches a client as it is. Everything else thrown becomes a logged 500. */
export class ApiError extends Error {
  readonly status: Status;
  /** What the client is told beside it. */
  warnings: readonly string[] = [];
  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message);
    this.name = "ApiError";
    this.status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, ...(details && { details }), code };
  }
  get code(): number { return this.status.code; }
  get reason(): string { return this.status.reason ?? "Unknown"; }
}

const qualified = (s: Subject) => (s.group ? `${s.resource}.${s.group}` : s.resource);
const about = (s: Subject): StatusDetails => ({ ...(s.name && { name: s.name }), ...(s.group && { group: s.group }), kind: s.resource });

export const notFound = (s: Subject) =>
  new ApiError(404, "NotFound", `${qualified(s)} "${s.name}" not found`, about(s));
export const alreadyExists = (s: Subject) =>
  new ApiError(409, "AlreadyExists", `${qualified(s)} "${s.name}" already exists`, about(s));
/** Whoever lets the server choose a name may try again. */
export const nameTaken = (s: Subject) =>
  new ApiError(409, "AlreadyExists", `${qualified(s)} "${s.name}" already exists, the server was not able to generate a unique name for the object`, { ...about(s), retryAfterSeconds: 1 });
export const conflict = (s: Subject, why = "the object has been modified; please apply your changes to the latest version and try again") =>
  new ApiError(409, "Conflict", `Operation cannot be fulfilled on ${qualified(s)} "${s.name}": ${why}`, about(s));
export const forbidden = (s: Subject, why: string, causes?: StatusDetails["causes"]) =>
  new ApiError(403, "Forbidden", `${qualified(s)}${s.name ? ` "${s.name}"` : ""} is forbidden: ${why}`, { ...about(s), ...(causes && { causes }) });
export const badRequest = (message: string) => new ApiError(400, "BadRequest", message);
export const unauthorized = (message = "Unauthorized") => new ApiError(401, "Unauthorized", message);
/** Of paths: whatever is asked for is not served there. */
export const pathNotFound = () => new ApiError(404, "NotFound", "the server could not find the requested resource", {});
export const methodNotAllowed = () => new ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {});
export const methodNotSupported = (s: Subject, verb: string) =>
  new ApiError(405, "MethodNotAllowed", `${verb} is not supported on resources of kind "${qualified(s)}"`, about(s));
export const notAcceptable = (accepted: readonly string[]) =>
  new ApiError(406, "NotAcceptable", `only the following media types are accepted: ${accepted.join(", ")}`);
export const unsupportedMediaType = (accepted: readonly string[]) =>
  new ApiError(415, "UnsupportedMediaType", `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`);
export const requestTooLarge = (message: string) => new ApiError(413, "RequestEntityTooLarge", message);
/** resourceVersion or continue token below the compaction mark. */
export const expired = (message: string) => new ApiError(410, "Expired", message);
export const tooManyRequests = (message: string, retryAfterSeconds?: number) =>
  new ApiError(429, "TooManyRequests", message, retryAfterSeconds === undefined ? undefined : { retryAfterSeconds });
export const serviceUnavailable = (message: string) => new ApiError(503, "ServiceUnavailable", message);
export const timeout = (message: string, retryAfterSeconds = 0) => new ApiError(504, "Timeout", message, { retryAfterSeconds });
export const internalError = (message: string) =>
  new ApiError(500, "InternalError", `Internal error occurred: ${message}`, { causes: [{ message }] });

/** So many causes and characters are told: a small body can be wrong in tens of thousands of ways, and nobody reads them. */
const CAUSES_MAX = 500;
const MESSAGE_CHARACTERS_MAX = 200_000;

/** 422 with one cause per field error; the message lists them as upstream does. */
export function invalid(s: Subject, errors: readonly FieldError[]): ApiError {
  const told = toldOf(errors);
  const causes = told.map((e) => ({ reason: e.reason, message: e.message, field: e.field }));
  const texts = [...new Set(told.map((e) => `${e.field}: ${e.message}`))];
  if (told.length < errors.length) texts.push(`and ${errors.length - told.length} more errors`);
  const list = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`;
  const kind = s.group ? `${s.kind ?? s.resource}.${s.group}` : (s.kind ?? s.resource);
  return new ApiError(422, "Invalid", `${kind} "${s.name ?? ""}" is invalid: ${list}`,
    { ...(s.name && { name: s.name }), ...(s.group && { group: s.group }), kind: s.kind ?? s.resource, causes });
}

function toldOf(errors: readonly FieldError[]): readonly FieldError[] {
  let characters = 0;
  const end = errors.findIndex((e, i) => i > 0 && (i >= CAUSES_MAX || (characters += e.field.length + e.message.length) > MESSAGE_CHARACTERS_MAX));
  return end < 0 ? errors : errors.slice(0, end);
}
