import type { ApiRequest } from "../request.ts";

/** What classification looks at, beside the user. */
export type Asked =
  | { verb: string; group: string; resource: string; subresource?: string; namespace?: string }
  | { verb: string; path: string };

export type AskedRequest = Pick<ApiRequest, "verb" | "group" | "version" | "resource" | "subresource" | "namespace" | "name" | "query">;
