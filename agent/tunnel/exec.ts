/** Exec and attach: channel messages of the tunnel to and from the runtime's own streaming server. */
import type { StreamOpen } from "../../protocol/tunnel.ts";
import type { Agent } from "../agent.ts";
import { runningContainer, workerOf } from "./handlers.ts";
import { connectSpdy, type SpdyConnection } from "./spdy-client.ts";
import type { TunnelStream } from "./stream.ts";

const Channel = { STDIN: 0, STDOUT: 1, STDERR: 2, ERROR: 3, RESIZE: 4, CLOSE: 255 } as const;
const MESSAGE_BYTES_MAX = 32_768;
const SUCCESS = { metadata: {}, status: "Success" };

type Wanted = { stdin: boolean; stdout: boolean; stderr: boolean; tty: boolean };

export async function serveExec(agent: Agent, open: Extract<StreamOpen, { type: "exec" }>, stream: TunnelStream): Promise<void> {
  const { stdin, stdout, tty } = open;
  // A terminal has no second output.
  const streams: Wanted = { stdin, stdout, stderr: open.stderr && !tty, tty };
  await serve(agent, open, streams, stream, (id) => agent.env.runtime.execUrl(id, { command: open.command, ...streams }));
}

export async function serveAttach(agent: Agent, open: Extract<StreamOpen, { type: "attach" }>, stream: TunnelStream): Promise<void> {
  const streams: Wanted = { stdin: open.stdin, stdout: open.stdout, stderr: open.stderr && !open.tty, tty: open.tty };
  await serve(agent, open, streams, stream, (id) => agent.env.runtime.attachUrl(id, streams));
}

async function serve(agent: Agent, open: { namespace: string; pod: string; uid: string; container: string }, wanted: Wanted, stream: TunnelStream, url: (containerId: string) => Promise<string>): Promise<void> {
  const worker = workerOf(agent, open, stream);
  const container = worker && await runningContainer(agent, worker, open.container, stream);
  if (!container) return;
  let target: string;
  try { target = await url(container.id); } catch (error) { stream.refuse(500, "InternalError", (error as Error).message); return; }
  await bridge(target, wanted, stream);
}

/** Resolves when the process has ended and everything it said is sent, or the stream is dead. */
async function bridge(url: string, wanted: Wanted, stream: TunnelStream): Promise<void> {
  const channels = new Map<number, number>();
  const ids = new Map<number, number>();
  let status: Buffer = Buffer.alloc(0);
  let finish = (): void => {};
  const finished = new Promise<void>((resolve) => { finish = resolve; });
  const pending = new Set<number>();
  const ended = (id: number): void => { pending.delete(id); if (pending.size === 0) finish(); };
  const connection = await connectSpdy(url, {
    async onData(id, bytes) {
      const channel = channels.get(id);
      if (channel === Channel.ERROR) status = Buffer.concat([status, bytes]);
      else if (channel !== undefined) await sendMessage(stream, channel, bytes);
    },
    onEnd: ended, onClose: () => finish(),
  });
  const openChannel = async (channel: number, type: string): Promise<void> => {
    const id = await connection.open(type);
    channels.set(id, channel);
    ids.set(channel, id);
    if (channel !== Channel.STDIN && channel !== Channel.RESIZE) pending.add(id);
  };
  await openChannel(Channel.ERROR, "error");
  if (wanted.stdin) await openChannel(Channel.STDIN, "stdin");
  if (wanted.stdout) await openChannel(Channel.STDOUT, "stdout");
  if (wanted.stderr) await openChannel(Channel.STDERR, "stderr");
  if (wanted.tty) await openChannel(Channel.RESIZE, "resize");
  stream.head({ status: 200 });
  stream.dead.signal.addEventListener("abort", () => connection.close(), { once: true });
  void forwardInput(stream, connection, ids);
  await finished;
  if (!stream.isDead) {
    await stream.writeMessage(Buffer.concat([Buffer.from([Channel.ERROR]), status.length > 0 ? status : Buffer.from(JSON.stringify(SUCCESS))]));
    stream.end();
  }
  connection.close();
  // The client need not close its side after the exit status.
  setTimeout(() => stream.close(), 1000).unref();
}

async function sendMessage(stream: TunnelStream, channel: number, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; at += MESSAGE_BYTES_MAX) {
    await stream.writeMessage(Buffer.concat([Buffer.from([channel]), bytes.subarray(at, at + MESSAGE_BYTES_MAX)]));
  }
}

async function forwardInput(stream: TunnelStream, connection: SpdyConnection, ids: Map<number, number>): Promise<void> {
  const closeInput = (): void => { const id = ids.get(Channel.STDIN); if (id !== undefined) connection.write(id, Buffer.alloc(0), true); ids.delete(Channel.STDIN); };
  for await (const message of stream.read()) {
    const channel = message[0];
    if (channel === undefined) continue;
    if (channel === Channel.CLOSE) { if (message[1] === Channel.STDIN) closeInput(); continue; }
    const id = ids.get(channel);
    if (id !== undefined && (channel === Channel.STDIN || channel === Channel.RESIZE) && message.length > 1) connection.write(id, message.subarray(1));
  }
  closeInput();
}
