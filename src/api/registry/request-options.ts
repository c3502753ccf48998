import { badRequest, invalid } from "../../lib/errors.ts";
import { forbiddenField, invalidValue, notSupported, required, tooLong, type FieldError } from "../../lib/field-error.ts";
import { schemaOf } from "../../kinds/facts/table.ts";
import { decodeOptions, type DecodeTarget } from "../decode/index.ts";
import { queryFlag } from "../path.ts";
import type { ApiRequest } from "../request.ts";

/** CreateOptions, UpdateOptions and PatchOptions of meta/v1, from the query and validated as upstream does. */
export interface MutationOptions {
  dryRun: boolean;
  /** Manager of the written fields; falls back on the user agent. */
  fieldManager: string;
  fieldValidation: "Ignore" | "Warn" | "Strict";
  /** Apply takes over conflicting fields. */
  force: boolean;
}

export interface RequestedDeletion {
  dryRun: boolean;
  gracePeriodSeconds?: number;
  preconditions?: { uid?: string; resourceVersion?: string };
  propagationPolicy?: "Background" | "Foreground" | "Orphan";
  orphanDependents?: boolean;
}

const FIELD_MANAGER_BYTES_MAX = 128;
const noQuery = new URLSearchParams();

export const queryOf = (request: ApiRequest): URLSearchParams => (request.query ? new URLSearchParams(request.query) : noQuery);

export function mutationOptions(request: ApiRequest, query: URLSearchParams, type: "CreateOptions" | "UpdateOptions" | "PatchOptions"): MutationOptions {
  const manager = query.get("fieldManager") ?? "";
  const fieldValidation = query.get("fieldValidation") || "Warn";
  const isApply = request.patchType === "application/apply-patch+yaml";
  if (query.size > 0 || isApply) {
    const errors = [...fieldManagerErrors(manager), ...dryRunErrors(query.getAll("dryRun"))];
    if (!["Ignore", "Warn", "Strict"].includes(fieldValidation)) {
      errors.push(notSupported("fieldValidation", fieldValidation, ["", "Ignore", "Strict", "Warn"]));
    }
    if (isApply && !manager) errors.unshift(required("fieldManager", "is required for apply patch"));
    if (type === "PatchOptions" && !isApply && query.has("force")) errors.unshift(forbiddenField("force", "may not be specified for non-apply patch"));
    refuse(type, errors);
  }
  return {
    dryRun: query.has("dryRun"), fieldManager: manager || managerFromUserAgent(request.userAgent),
    fieldValidation: fieldValidation as MutationOptions["fieldValidation"], force: queryFlag(query.get("force")),
  };
}

/** From the body where there is one, else from the query. */
export function deletionOptions(request: ApiRequest, query: URLSearchParams): RequestedDeletion {
  const given = request.body?.trim() ? optionsFromBody(request.body) : optionsFromQuery(query);
  const errors: FieldError[] = [];
  const policy = given.propagationPolicy;
  if (policy !== undefined && given.orphanDependents !== undefined) {
    errors.push(invalidValue("propagationPolicy", policy, "orphanDependents and deletionPropagation cannot be both set"));
  }
  if (policy !== undefined && !["Foreground", "Background", "Orphan"].includes(policy)) {
    errors.push(notSupported("propagationPolicy", policy, ["Foreground", "Background", "Orphan", "nil"]));
  }
  refuse("DeleteOptions", [...errors, ...dryRunErrors(given.dryRun ?? [])]);
  return { ...given, dryRun: (given.dryRun ?? []).length > 0 } as RequestedDeletion;
}

interface GivenDeletion { dryRun?: string[]; gracePeriodSeconds?: number; orphanDependents?: boolean; propagationPolicy?: string; preconditions?: { uid?: string; resourceVersion?: string } }

function optionsFromQuery(query: URLSearchParams): GivenDeletion {
  const given: GivenDeletion = {};
  if (query.size === 0) return given;
  if (query.has("dryRun")) given.dryRun = query.getAll("dryRun");
  if (query.has("gracePeriodSeconds")) given.gracePeriodSeconds = integer(query.get("gracePeriodSeconds")!);
  if (query.has("orphanDependents")) given.orphanDependents = queryFlag(query.get("orphanDependents"));
  if (query.get("propagationPolicy")) given.propagationPolicy = query.get("propagationPolicy")!;
  return given;
}

const deleteOptions: DecodeTarget = {
  group: "", version: "v1", kind: "DeleteOptions",
  get schema() { return schemaOf("io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"); },
};

function optionsFromBody(body: string): GivenDeletion {
  const { dryRun, gracePeriodSeconds, orphanDependents, propagationPolicy, preconditions } = decodeOptions(body, deleteOptions);
  return { dryRun, gracePeriodSeconds, orphanDependents, propagationPolicy, preconditions } as GivenDeletion;
}

/** Query integers, with the text of Go's parser. */
export function integer(text: string): number {
  const value = Number(text);
  if (!/^[-+]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  if (!Number.isSafeInteger(value)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range`);
  return value;
}

/** Throws 422 about the options object itself, as upstream names it. */
export function refuse(optionsKind: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid({ group: "meta.k8s.io", resource: optionsKind, kind: optionsKind }, errors);
}

const dryRunErrors = (values: readonly string[]): FieldError[] =>
  values.every((v) => v === "All") ? [] : [notSupported("dryRun", values, ["All"])];

function fieldManagerErrors(manager: string): FieldError[] {
  const errors: FieldError[] = [];
  if (manager.length > FIELD_MANAGER_BYTES_MAX) errors.push(tooLong("fieldManager", FIELD_MANAGER_BYTES_MAX));
  const position = [...manager].findIndex((c) => !isPrintable(c));
  if (position >= 0) {
    const code = [...manager][position]!.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
    errors.push(invalidValue("fieldManager", manager, `invalid character U+${code} (at position ${position})`));
  }
  return errors;
}

const isPrintable = (c: string) => c === " " || !/[\p{C}\p{Z}]/u.test(c);

function managerFromUserAgent(userAgent: string): string {
  const product = userAgent.split("/", 1)[0]!;
  return [...product].filter(isPrintable).join("").slice(0, FIELD_MANAGER_BYTES_MAX) || "unknown";
}
