/** TCP connections: into a pod's own network (port-forward), and from the node (pod, service and node proxy). */
import { spawn } from "node:child_process";
import { connect, isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls, type ConnectionOptions } from "node:tls";
import type { StreamOpen, TunnelTls } from "../../protocol/tunnel.ts";
import type { Agent } from "../agent.ts";
import { dialErrorText } from "./dial-error.ts";
import { workerOf } from "./handlers.ts";
import type { TunnelStream } from "./stream.ts";
import { podProcess } from "./pod-process.ts";

const DELIVERY_MS_MAX = 30_000;

export async function serveDial(agent: Agent, open: Extract<StreamOpen, { type: "dial" }>, stream: TunnelStream): Promise<void> {
  const worker = workerOf(agent, open, stream);
  if (!worker) return;
  const { state } = worker;
  if (!state.sandbox) { stream.refuse(500, "InternalError", `pod not running: ${open.pod}_${open.namespace}`); return; }
  if (state.pod.spec.hostNetwork) return bridgeTcp("127.0.0.1", open.port, stream);
  const pid = podProcess(state);
  if (pid === undefined) return bridgeTcp(state.ips[0] ?? "", open.port, stream);
  return bridgeProcess(pid, open.port, stream);
}

export const serveDialAddress = (_agent: Agent, open: Extract<StreamOpen, { type: "dial-address" }>, stream: TunnelStream): Promise<void> =>
  bridgeTcp(open.host, open.port, stream, open.tls === true ? { insecure: true } : open.tls);

/** A connection made by a child that entered the pod's network namespace: it reaches servers bound to the pod's localhost only. */
function bridgeProcess(pid: number, port: number, stream: TunnelStream): Promise<void> {
  const child = spawn("nsenter", [`--net=/proc/${pid}/ns/net`, "--", process.execPath, "-e", DIAL_SCRIPT, String(port)], { stdio: ["pipe", "pipe", "pipe"] });
  return new Promise((resolve) => {
    let opened = false;
    let problem = "";
    child.stderr.on("data", (chunk: Buffer) => {
      const text = chunk.toString();
      if (opened) return;
      if (text.startsWith("connected")) {
        opened = true;
        stream.head({ status: 200 });
        void pump(stream, child.stdout, child.stdin).then(resolve);
      } else problem += text;
    });
    child.on("error", (error) => { problem = error.message; });
    // The child goes as soon as the pod has closed, whatever is still on its way in: that is no error of ours.
    for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe.on("error", () => {});
    child.on("close", () => {
      if (!opened) stream.refuse(500, "InternalError", `error forwarding port ${port} to pod: ${problem.trim() || "connection refused"}`);
      resolve();
    });
    whenCut(stream, () => child.kill("SIGKILL"));
  });
}

/** Tries both families of localhost, says "connected" on stderr, then copies. */
const DIAL_SCRIPT = `
const net = require("net"); const port = Number(process.argv[1]);
const dial = (hosts) => { const s = net.connect({ host: hosts[0], port, allowHalfOpen: true });
  s.once("error", (e) => { if (hosts.length > 1) return dial(hosts.slice(1)); process.stderr.write(e.message); process.exit(1); });
  s.once("connect", () => { s.removeAllListeners("error"); s.on("error", () => process.exit(1)); process.stderr.write("connected"); process.stdin.pipe(s); s.pipe(process.stdout); s.on("end", () => { process.stdout.end(); }); s.on("close", () => process.exit(0)); }); };
dial(["127.0.0.1", "::1"]);`;

function bridgeTcp(host: string, port: number, stream: TunnelStream, tls?: TunnelTls): Promise<void> {
  return new Promise((resolve) => {
    const socket = tls ? secured(host, port, tls) : connect({ host, port, allowHalfOpen: true });
    const refused = (error: Error): void => {
      stream.refuse(503, "ServiceUnavailable", dialErrorText(error, host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`));
      resolve();
    };
    socket.setTimeout(30_000, () => socket.destroy(Object.assign(new Error("i/o timeout"), { code: "ETIMEDOUT" })));
    socket.once("error", refused);
    socket.once(tls ? "secureConnect" : "connect", () => {
      socket.setTimeout(0);
      socket.off("error", refused);
      socket.on("error", (error) => stream.reset(error.message));
      whenCut(stream, () => socket.destroy());
      stream.head({ status: 200 });
      void pump(stream, socket, socket).then(resolve);
    });
  });
}

/**
 * HTTP/1.1 is all that is spoken inside. An address is no server name, but is verified as one. What a bundle names is trusted,
 * be it a root, an authority below one or the server's own certificate, as Go does it.
 */
function secured(host: string, port: number, { caBundle, serverName = host, insecure, client }: TunnelTls): Socket {
  const options: ConnectionOptions & { allowHalfOpen: boolean } = {
    host, port, allowHalfOpen: true, rejectUnauthorized: !insecure, ...(isIP(serverName) ? {} : { servername: serverName }), ALPNProtocols: ["http/1.1"],
    ...(caBundle !== undefined && { ca: caBundle, allowPartialTrustChain: true }), ...(client && { cert: client.certificatePem, key: client.privateKeyPem }),
  };
  return connectTls(options);
}

/** A stream that ended in good order is left to deliver what it has, for a while; one that was reset is cut at once. */
function whenCut(stream: TunnelStream, cut: () => void): void {
  stream.dead.signal.addEventListener("abort", () => {
    if (stream.isFinished) setTimeout(cut, DELIVERY_MS_MAX).unref();
    else cut();
  }, { once: true });
}

/** Both directions until both have ended. */
async function pump(stream: TunnelStream, from: NodeJS.ReadableStream, to: NodeJS.WritableStream | Duplex): Promise<void> {
  const outward = (async () => {
    try { for await (const chunk of from) await stream.write(chunk as Buffer); } catch { /* the reset has been told */ }
    stream.end();
  })();
  const inward = (async () => {
    for await (const chunk of stream.read()) {
      if (!to.writable) break;
      if (!to.write(chunk)) await new Promise<void>((resolve) => { to.once("drain", resolve); to.once("close", resolve); });
    }
    if (to.writable) to.end();
  })();
  await Promise.all([outward, inward]);
}
