import { ApiError, badRequest, invalid, timeout, type Subject } from "../../lib/errors.ts";
import { forbiddenField, invalidValue, notSupported, type FieldError } from "../../lib/field-error.ts";
import { queryFlag } from "../path.ts";
import { integer, refuse } from "./request-options.ts";

/** ListOptions of meta/v1 from the query, with upstream's rules about what goes together. */
export interface RequestedList {
  limit?: number;
  continueToken?: string;
  /** Undefined: newest. 0: any. */
  resourceVersion?: number;
  match?: "Exact" | "NotOlderThan";
  sendInitialEvents?: boolean;
  allowBookmarks: boolean;
  timeoutMs?: number;
}

export const listOptions = (query: URLSearchParams): RequestedList => optionsOf(query, listErrors);

/** `subject`: what is watched. */
export const watchOptions = (query: URLSearchParams, subject: Subject): RequestedList => optionsOf(query, watchErrors, subject);

function optionsOf(query: URLSearchParams, errorsOf: (given: Given) => FieldError[], watched?: Subject): RequestedList {
  if (query.size === 0) return { allowBookmarks: false };
  const match = query.get("resourceVersionMatch") || undefined;
  const sendInitialEvents = query.has("sendInitialEvents") ? queryFlag(query.get("sendInitialEvents")) : undefined;
  const version = query.get("resourceVersion") || undefined;
  const continueToken = query.get("continue") || undefined;
  refuse("ListOptions", errorsOf({ match, version, continueToken, sendInitialEvents }));
  const limit = query.has("limit") && query.get("limit") !== "" ? integer(query.get("limit")!) : 0;
  const timeoutSeconds = query.get("timeoutSeconds") ? integer(query.get("timeoutSeconds")!) : 0;
  return {
    ...(limit > 0 && { limit }), ...(continueToken && { continueToken }),
    ...(version && { resourceVersion: revisionOf(version, watched) }), ...(match && { match: match as "Exact" }),
    ...(sendInitialEvents !== undefined && { sendInitialEvents }),
    allowBookmarks: queryFlag(query.get("allowWatchBookmarks")), ...(timeoutSeconds > 0 && { timeoutMs: timeoutSeconds * 1000 }),
  };
}

/** 504 as upstream: the client asks for a state that this server has not reached. */
export function tooLargeResourceVersion(asked: number, current: number): ApiError {
  const error = timeout(`Too large resource version: ${asked}, current: ${current}`, 1);
  error.status.details!.causes = [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }];
  return error;
}

interface Given { match?: string; version?: string; continueToken?: string; sendInitialEvents?: boolean }

function listErrors({ match, version, continueToken, sendInitialEvents }: Given): FieldError[] {
  const errors: FieldError[] = [];
  if (match !== undefined) {
    if (!version) errors.push(forbiddenField("resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided"));
    if (continueToken) errors.push(forbiddenField("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided"));
    if (match !== "Exact" && match !== "NotOlderThan") errors.push(notSupported("resourceVersionMatch", match, ["Exact", "NotOlderThan", ""]));
    if (match === "Exact" && version === "0") errors.push(forbiddenField("resourceVersionMatch", 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  }
  if (sendInitialEvents !== undefined) errors.push(forbiddenField("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  return errors;
}

function watchErrors({ match, continueToken, sendInitialEvents }: Given): FieldError[] {
  const errors: FieldError[] = [];
  if (sendInitialEvents !== undefined && match !== "NotOlderThan") {
    errors.push(forbiddenField("resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
  }
  if (match === undefined) return errors;
  if (sendInitialEvents === undefined) errors.push(forbiddenField("resourceVersionMatch", "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
  if (match !== "NotOlderThan") errors.push(notSupported("resourceVersionMatch", match, ["NotOlderThan"]));
  if (continueToken) errors.push(forbiddenField("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided"));
  return errors;
}

/** A watch refuses a bad one as a field of its resource, where upstream's other reads have a bad request. */
export function revisionOf(text: string, subject?: Subject): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const error = invalidValue("resourceVersion", text, `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`);
  throw subject ? invalid(subject, [error]) : badRequest(`invalid resource version: ${error.field}: ${error.message}`);
}
