import { encodeFrame, decodeFrame, FrameType, type StreamOpen } from "../../protocol/tunnel.ts";
import type { Agent } from "../../agent/agent.ts";
import { serveStream } from "../../agent/tunnel/handlers.ts";
import { TunnelStream } from "../../agent/tunnel/stream.ts";
import type { TunnelStub } from "../../src/api/environment.ts";
import { pair, upgraded } from "../../src/api/testing/web-socket-pair.ts";

/**
 * The Tunnel of a connected node, with the agent's own handlers behind it: what is dialled is really dialled, from this
 * machine; `host` takes the place of addresses that are none here. Streams that concern pods need an agent with pods.
 */
export function agentTunnel({ agent = {}, host }: { agent?: Partial<Agent>; host?: string } = {}): TunnelStub & { opened: StreamOpen[] } {
  const opened: StreamOpen[] = [];
  return {
    opened,
    fetch: async () => {
      const [worker, end] = pair();
      const stream = new TunnelStream(1, (_, type, payload = new Uint8Array()) => end.send(encodeFrame(1, type, payload).subarray(4)), () => undefined);
      end.addEventListener("close", () => stream.close());
      end.addEventListener("message", (event) => {
        const { type, payload } = decodeFrame(Uint8Array.of(0, 0, 0, 1, ...new Uint8Array((event as unknown as { data: ArrayBuffer }).data)));
        if (type !== FrameType.OPEN) return stream.receive(type, payload);
        const open = JSON.parse(new TextDecoder().decode(payload)) as StreamOpen;
        opened.push(open);
        serveStream(agent as Agent, open.type === "dial-address" && host ? { ...open, host } : open, stream).catch((error: Error) => stream.reset(error.message));
      });
      return upgraded(worker);
    },
  };
}
