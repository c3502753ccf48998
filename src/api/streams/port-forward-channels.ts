import { withChannel } from "./channels.ts";
import type { Dial } from "./port-forward.ts";
import type { TunnelStream } from "./tunnel-client.ts";

/** Two channels a port, in the order of the query: data (2n) and errors (2n+1). The first message of each is the port, little-endian. */
export function forwardChannels(socket: WebSocket, dial: Dial, ports: readonly number[]): void {
  const streams: (Promise<TunnelStream | undefined>)[] = ports.map((port, i) => {
    for (const channel of [2 * i, 2 * i + 1]) socket.send(Uint8Array.of(channel, port & 255, port >> 8));
    return dial(port).then((stream) => {
      void forwardPod(socket, stream, 2 * i);
      return stream;
    }, (error: Error) => {
      tell(socket, 2 * i + 1, `error forwarding port ${port}: ${error.message}`);
      return undefined;
    });
  });
  const last = ports.map(() => Promise.resolve());
  socket.addEventListener("message", ({ data }) => {
    const message = typeof data === "string" ? new TextEncoder().encode(data) : new Uint8Array(data as ArrayBuffer);
    const channel = message[0] ?? 1;
    const i = channel >> 1;
    if (channel & 1 || i >= ports.length) return; // errors go the other way
    last[i] = last[i]!.then(async () => { await (await streams[i])?.write(message.subarray(1)); }).catch(() => undefined);
  });
  const stop = () => { for (const stream of streams) void stream.then((s) => s?.reset()); };
  socket.addEventListener("close", stop);
  socket.addEventListener("error", stop);
}

async function forwardPod(socket: WebSocket, stream: TunnelStream, channel: number): Promise<void> {
  try {
    for (let bytes = await stream.read(); bytes; bytes = await stream.read()) {
      socket.send(withChannel(channel, bytes));
    }
    stream.end();
    socket.close(1000);
  } catch (error) {
    tell(socket, channel + 1, (error as Error).message);
  }
}

function tell(socket: WebSocket, channel: number, text: string): void {
  try {
    socket.send(Uint8Array.of(channel, ...new TextEncoder().encode(text)));
    socket.close(1000);
  } catch {
    // The client went first.
  }
}
