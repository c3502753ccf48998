import type { ApiError } from "../../lib/errors.ts";

/** A create was refused because the namespace is going away: nothing to tell, and nothing to retry. */
export const isNamespaceTerminating = (error: ApiError): boolean =>
  error.status.details?.causes?.some((cause) => cause.reason === "NamespaceTerminating") ?? false;
