/** What the agent does for each kind of stream, in one table. */
import type { StreamOpen } from "../../protocol/tunnel.ts";
import type { Agent } from "../agent.ts";
import type { ContainerRecord } from "../runtime/runtime.ts";
import type { PodWorker } from "../pod/worker.ts";
import { serveDial, serveDialAddress } from "./dial.ts";
import { serveAttach, serveExec } from "./exec.ts";
import { serveLogs } from "./logs.ts";
import { serveNodeHttp } from "./node-http.ts";
import type { TunnelStream } from "./stream.ts";

type Handlers = { [T in StreamOpen["type"]]: (agent: Agent, open: Extract<StreamOpen, { type: T }>, stream: TunnelStream) => Promise<void> };

const handlers: Handlers = {
  logs: serveLogs, exec: serveExec, attach: serveAttach, dial: serveDial, "dial-address": serveDialAddress, "node-http": serveNodeHttp,
};

export async function serveStream(agent: Agent, open: StreamOpen, stream: TunnelStream): Promise<void> {
  const handler = handlers[open.type] as Handlers["logs"] | undefined;
  if (!handler) { stream.refuse(400, "BadRequest", `unknown stream type ${JSON.stringify(open.type)}`); return; }
  await handler(agent, open as never, stream);
}

/** The pod's worker, or a refusal. */
export function workerOf(agent: Agent, address: { namespace: string; pod: string; uid: string }, stream: TunnelStream): PodWorker | undefined {
  const worker = agent.pods.get(address.uid);
  if (!worker) stream.refuse(404, "NotFound", `pod "${address.pod}_${address.namespace}" not found on this node`);
  return worker;
}

/** The running container of that name, or a refusal in the kubelet's words. */
export async function runningContainer(agent: Agent, worker: PodWorker, name: string, stream: TunnelStream): Promise<ContainerRecord | undefined> {
  const records = await agent.env.runtime.listContainers(worker.state.pod.metadata.uid);
  const record = records.find((r) => r.name === name && r.state === "running");
  if (!record) stream.refuse(500, "InternalError", `container not found ("${name}")`);
  return record;
}
