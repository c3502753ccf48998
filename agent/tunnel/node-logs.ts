/** Logs by way of the node's endpoint, as the kubelet has them: `/logs/` is the machine's own folder, `/containerLogs/` that of a container. */
import { open as openFile, readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Agent } from "../agent.ts";
import { percentDecoded } from "../../src/lib/percent.ts";
import { serveLogs } from "./logs.ts";
import type { TunnelStream } from "./stream.ts";

const ROOT = "/var/log";

/** Nothing outside of the folder, by whatever link. */
export async function serveNodeLogs(_agent: Agent, { path, isHead }: { path: string; isHead: boolean }, stream: TunnelStream, root = ROOT): Promise<void> {
  const place = await realpath(join(root, percentDecoded(path))).catch(() => undefined);
  const folder = await realpath(root).catch(() => undefined);
  const kind = place && (place === folder || place.startsWith(`${folder}/`)) ? await stat(place).catch(() => undefined) : undefined;
  if (!place || !kind || !(kind.isDirectory() || kind.isFile())) return stream.refuse(404, "NotFound", "404 page not found");
  if (kind.isDirectory()) return await send(stream, "text/html; charset=utf-8", isHead ? [] : [Buffer.from(await listing(place))]);
  const file = await openFile(place, "r");
  try {
    await send(stream, "text/plain; charset=utf-8", isHead ? [] : file.createReadStream({ autoClose: false }));
  } finally {
    await file.close();
  }
}

async function listing(folder: string): Promise<string> {
  const entries = (await readdir(folder, { withFileTypes: true })).map((entry) => entry.name + (entry.isDirectory() ? "/" : "")).sort();
  return `<pre>\n${entries.map((name) => `<a href="${encodeURIComponent(name).replaceAll("%2F", "/")}">${name.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`)}</a>\n`).join("")}</pre>\n`;
}

async function send(stream: TunnelStream, type: string, body: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<void> {
  stream.head({ status: 200, headers: { "content-type": type } });
  for await (const chunk of body) {
    if (stream.isDead) return;
    await stream.write(chunk);
  }
  stream.end();
}

/** `/NAMESPACE/POD/CONTAINER` */
export async function serveContainerLogs(agent: Agent, { path, query }: { path: string; query: string }, stream: TunnelStream): Promise<void> {
  const [namespace, name, container] = path.split("/").filter(Boolean).map(percentDecoded);
  const pod = agent.pods.list().map((worker) => worker.state.pod).find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
  if (!pod || !container) return stream.refuse(404, "NotFound", `pod "${name}" does not exist`);
  await serveLogs(agent, { type: "logs", namespace: namespace!, pod: name!, uid: pod.metadata.uid, container, query }, stream);
}
