/** CRI v1: one typed call for each method of the runtime and image services. */
import { GrpcConnection, type GrpcError } from "./grpc.ts";
import { messages, methods, type Methods } from "./messages.ts";
import { decodeMessage, encodeMessage } from "./protobuf.ts";

const CALL_TIMEOUT_MS = 120_000;

export class CriClient {
  readonly connection: GrpcConnection;
  /** `endpoint` such as unix:///run/containerd/containerd.sock. */
  constructor(endpoint: string) { this.connection = new GrpcConnection({ path: socketPath(endpoint) }); }

  async call<M extends keyof Methods>(method: M, request: Methods[M]["request"], timeoutMs = CALL_TIMEOUT_MS): Promise<Methods[M]["response"]> {
    const [service, requestName, responseName] = methods[method];
    const bytes = await this.connection.unary(`/${service}/${method}`, encodeMessage(messages, requestName, request as Record<string, unknown>), timeoutMs);
    return decodeMessage(messages, responseName, bytes) as Methods[M]["response"];
  }

  stream<M extends keyof Methods>(method: M, request: Methods[M]["request"], onMessage: (m: Methods[M]["response"]) => void, onEnd: (e?: GrpcError) => void): () => void {
    const [service, requestName, responseName] = methods[method];
    return this.connection.stream(`/${service}/${method}`, encodeMessage(messages, requestName, request as Record<string, unknown>),
      (bytes) => onMessage(decodeMessage(messages, responseName, bytes) as Methods[M]["response"]), onEnd);
  }

  close(): void { this.connection.close(); }
}

export function socketPath(endpoint: string): string {
  return endpoint.replace(/^unix:\/\//, "");
}
