import type { ApiResponse } from "../api/request.ts";
import { ApiError, expired, internalError, requestTooLarge } from "../lib/errors.ts";
import type { Log } from "./log.ts";
import { OBJECT_BYTES_MAX } from "./sql-store.ts";
import { StoreError } from "./store.ts";

/** What a client is told of anything that was thrown. The store's few codes are translated here and nowhere else. */
export function apiErrorOf(error: unknown, log: Log): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof StoreError) {
    if (error.code === "compacted") return expired("The resourceVersion for the provided request is too old.");
    if (error.code === "too-large") return requestTooLarge(`the object is too large to be stored: limit is ${OBJECT_BYTES_MAX} bytes`);
    if (error.code === "future") return tooLarge();
  }
  const id = crypto.randomUUID();
  log("error", "request failed", { requestId: id, error });
  return internalError(`request ${id} failed`);
}

export function refusal(error: unknown, log: Log): ApiResponse {
  const { code, status, warnings } = apiErrorOf(error, log);
  const retryAfter = status.details?.retryAfterSeconds;
  return { status: code, body: JSON.stringify(status), ...(retryAfter ? { headers: { "Retry-After": String(retryAfter) } } : {}), ...(warnings.length > 0 && { warnings: [...warnings] }) };
}

/** As upstream's NewTooLargeResourceVersionError: clients wait and ask again. */
const tooLarge = (): ApiError => new ApiError(504, "Timeout", "Too large resource version", {
  causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }], retryAfterSeconds: 1,
});
