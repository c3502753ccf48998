import { ApiError, internalError, type Status } from "../../lib/errors.ts";
import type { ApiResponse } from "../request.ts";

const JSON_TYPE = "application/json";
const GZIP_BYTES_MIN = 131_072; // as upstream

export function jsonResponse(status: number, body: string | object, headers?: Record<string, string>): Response {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return new Response(text, { status, headers: { "content-type": JSON_TYPE, "cache-control": "no-cache, private", ...headers } });
}

export function textResponse(status: number, text: string, headers?: Record<string, string>): Response {
  return new Response(text, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-cache, private", "x-content-type-options": "nosniff", ...headers },
  });
}

function statusResponse(status: Status): Response {
  const retryAfter = status.details?.retryAfterSeconds;
  const headers: Record<string, string> = {};
  if (retryAfter) headers["retry-after"] = String(retryAfter);
  if (status.code === 401) headers["www-authenticate"] = "Bearer";
  return jsonResponse(status.code, status, headers);
}

/** ApiErrors as they are; anything else is logged under the request's id, and the client learns the id only. */
export function errorResponse(error: unknown, auditId: string): Response {
  if (error instanceof ApiError) return statusResponse(error.status);
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  console.error(JSON.stringify({ level: "error", message: "request failed", request: auditId, error: stack }));
  return statusResponse(internalError(`see the server's log for request ${auditId}`).status);
}

/** Headers of a Cluster's answer: its own, warnings, Retry-After of a Status. */
export function answerHeaders(answer: ApiResponse): Headers {
  const headers = new Headers({ "cache-control": "no-cache, private", ...answer.headers });
  for (const text of answer.warnings ?? []) headers.append("warning", warningHeader(text));
  if (answer.status >= 400 && answer.body.includes("retryAfterSeconds")) {
    const seconds = retryAfterSeconds(answer.body);
    if (seconds) headers.set("retry-after", String(seconds));
  }
  return headers;
}

/** RFC 7234's form, as client-go parses it. Control characters would break the header. */
export function warningHeader(text: string): string {
  // oxlint-disable-next-line no-control-regex
  const line = text.replace(/[\u0000-\u001f\u007f]+/g, " ").slice(0, 4096);
  const latin = line.replace(/[^\u0020-\u00ff]/g, "?");
  return `299 - "${latin.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

function retryAfterSeconds(body: string): number | undefined {
  try {
    return (JSON.parse(body) as Partial<Status>).details?.retryAfterSeconds;
  } catch {
    return undefined;
  }
}

/** gzip where the client takes it and the answer is long enough to be worth it. Never for watches: events would wait. */
export function compressed(request: Request, response: Response, bytes: number | undefined): Response {
  if (!response.body || (bytes !== undefined && bytes < GZIP_BYTES_MIN) || !takesGzip(request)) return response;
  const headers = new Headers(response.headers);
  headers.set("content-encoding", "gzip");
  headers.append("vary", "Accept-Encoding");
  headers.delete("content-length");
  const body = response.body.pipeThrough(new CompressionStream("gzip") as TransformStream<Uint8Array, Uint8Array>);
  const init: ResponseInit & { encodeBody: "manual" } = { status: response.status, headers, encodeBody: "manual" };
  return new Response(body, init);
}

/** The same where the length is not known: a short stream goes out as it is. */
export async function compressedStream(request: Request, response: Response): Promise<Response> {
  if (!response.body || !takesGzip(request)) return response;
  const reader = response.body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  const start: Uint8Array[] = [];
  let bytes = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    start.push(next.value);
    bytes += next.value.length;
    if (bytes >= GZIP_BYTES_MIN) break;
  }
  const whole = bytes < GZIP_BYTES_MIN;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const chunk = start.shift();
      if (chunk) return controller.enqueue(chunk);
      const next = whole ? { done: true as const, value: undefined } : await reader.read();
      if (next.done) controller.close();
      else controller.enqueue(next.value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return compressed(request, new Response(body, response), whole ? bytes : undefined);
}

function takesGzip(request: Request): boolean {
  return (request.headers.get("accept-encoding") ?? "").split(",").some((part) => {
    const [name, ...rest] = part.split(";").map((s) => s.trim());
    return name === "gzip" && !rest.includes("q=0");
  });
}
