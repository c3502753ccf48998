/** What a request says of WebSockets. */
export const isWebSocket = (request: Request): boolean => request.headers.get("upgrade")?.toLowerCase() === "websocket";

export function offeredProtocols(request: Request): string[] {
  return (request.headers.get("sec-websocket-protocol") ?? "").split(",").map((p) => p.trim()).filter(Boolean);
}

/** Browsers cannot send an Authorization header with a WebSocket: this name carries the token, for us alone. */
export const isBearerProtocol = (name: string): boolean => name.startsWith("base64url.bearer.");
