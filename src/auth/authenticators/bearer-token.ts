import { decodeBase64Url } from "../../lib/base64.ts";

/**
 * The credential of a request: `Authorization: Bearer …`, or for WebSockets of browsers the subprotocol
 * `base64url.bearer.authorization.k8s.io.…`, as upstream. Undefined: none; "": one that cannot be read.
 */
export function bearerToken(headers: Headers): string | undefined {
  const authorization = headers.get("authorization");
  if (authorization !== null) return /^Bearer +(\S+)\s*$/i.exec(authorization)?.[1] ?? (authorization.trim() === "" ? undefined : "");
  for (const protocol of (headers.get("sec-websocket-protocol") ?? "").split(",")) {
    const text = protocol.trim();
    if (text.startsWith(PROTOCOL_PREFIX)) return decode(text.slice(PROTOCOL_PREFIX.length));
  }
  return undefined;
}

const PROTOCOL_PREFIX = "base64url.bearer.authorization.k8s.io.";

function decode(text: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(decodeBase64Url(text));
  } catch {
    return "";
  }
}
