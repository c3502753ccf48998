/**
 * The tunnel socket: streams from the API server to an agent, multiplexed on one WebSocket that the agent opened
 * (`GET …/isopod/v1/tunnel/<node>`, bearer token, subprotocol `isopod-tunnel.v1`). Binary frames: u32 stream id (big endian), u8 type, payload.
 * The API side opens streams; ids are its own. Text `ping` → `pong` as on the API socket.
 *
 *   OPEN   → agent   JSON StreamOpen
 *   HEAD   → API     JSON StreamHead, exactly once, before any data; a refusal is a HEAD with a Status and then END
 *   DATA   both      bytes; for exec and attach each frame is one channel message (first byte is the channel, as in v5.channel.k8s.io)
 *   END    both      half-close: this side sends no more
 *   RESET  both      stream is dead; JSON { message }
 *   WINDOW both      u32: so many more bytes may be sent; each side starts with INITIAL_WINDOW_BYTES
 */
export const FrameType = { OPEN: 1, HEAD: 2, DATA: 3, END: 4, RESET: 5, WINDOW: 6 } as const;
export type FrameType = (typeof FrameType)[keyof typeof FrameType];
export const INITIAL_WINDOW_BYTES = 262_144;
export const FRAME_PAYLOAD_BYTES_MAX = 65_536;
export const TUNNEL_PATH = "/isopod/v1/tunnel";
export const TUNNEL_PROTOCOL = "isopod-tunnel.v1";

export interface PodAddress { namespace: string; pod: string; uid: string }

export type StreamOpen =
  /** Query parameters of pods/log as they came (container, follow, previous, sinceSeconds, sinceTime, timestamps, tailLines, limitBytes, stream). DATA is the text. */
  | ({ type: "logs"; container: string; query: string } & PodAddress)
  /** Channel messages: 0 stdin, 1 stdout, 2 stderr, 3 error (Status JSON), 4 resize {Width, Height}, 255 close of the channel named by the next byte. */
  | ({ type: "exec"; container: string; command: string[]; stdin: boolean; stdout: boolean; stderr: boolean; tty: boolean } & PodAddress)
  | ({ type: "attach"; container: string; stdin: boolean; stdout: boolean; stderr: boolean; tty: boolean } & PodAddress)
  /** A TCP connection inside the pod's network (localhost of the pod, as port-forward means it). */
  | ({ type: "dial"; port: number } & PodAddress)
  /** A TCP connection from the node: proxies, webhooks, extension API servers. `tls`: the agent speaks TLS on it, and the stream is plain; `true` verifies nothing. */
  | { type: "dial-address"; host: string; port: number; tls?: true | TunnelTls }
  /** The node's own HTTP endpoint (kubelet API: /stats/summary, /metrics, /pods, /healthz). */
  | { type: "node-http"; method: string; path: string };

export interface TunnelTls {
  /** PEM of the authorities to trust; without it the public ones. */
  caBundle?: string;
  /** Whom the certificate must name; default: the host. */
  serverName?: string;
  /** The server is not verified. */
  insecure?: boolean;
  /** Shown to a server that asks who calls. */
  client?: { certificatePem: string; privateKeyPem: string };
}

export interface StreamHead {
  status: number; // HTTP status: 200, or the code of the Status below
  headers?: Record<string, string>;
  /** meta/v1 Status JSON when refused. */
  error?: unknown;
}

export function encodeFrame(stream: number, type: FrameType, payload: Uint8Array = new Uint8Array()): Uint8Array {
  const out = new Uint8Array(5 + payload.length);
  new DataView(out.buffer).setUint32(0, stream);
  out[4] = type;
  out.set(payload, 5);
  return out;
}

/** Throws on a frame that is too short. The payload is a view, not a copy. */
export function decodeFrame(frame: Uint8Array): { stream: number; type: number; payload: Uint8Array } {
  if (frame.length < 5) throw new Error("tunnel frame is too short");
  const stream = new DataView(frame.buffer, frame.byteOffset).getUint32(0);
  return { stream, type: frame[4]!, payload: frame.subarray(5) };
}
