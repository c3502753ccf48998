/** The agent as a process: see agent.ts. SIGTERM ends the agent and leaves the containers running. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent } from "./agent.ts";
import { ensureIdentity, forgetIdentity, type Identity } from "./node/identity.ts";
import { defaultNodeName, parseOptions, USAGE, type AgentOptions } from "./node/options.ts";
import { CriRuntime } from "./runtime/cri.ts";
import { HollowRuntime } from "./runtime/hollow.ts";
import type { Runtime } from "./runtime/runtime.ts";

const JOIN_RETRY_MS = 500;

function log(message: string): void { console.log(`${new Date().toISOString()} ${message}`); }

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2).filter((arg, i) => !(i === 0 && arg === "agent")));
  if (options.help) { console.log(USAGE); return; }
  if (options.hollow > 0) { await runHollow(options); return; }
  const runtime: Runtime = new CriRuntime(options.runtimeEndpoint);
  const [identity, version] = await Promise.all([joined(options), untilRuntimeAnswers(runtime)]);
  const agent = new Agent({ options, identity, runtime, log, onRejected: () => rejoin(options) }, version.name);
  await agent.network?.start();
  log(`node ${identity.nodeName} runs on ${version.name} ${version.version}`);
  const end = (): void => { void agent.stop().finally(() => process.exit(0)); };
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
}

/** Another cluster may live at this address now. Whoever supervises the agent starts it again, and it joins anew. */
function rejoin(options: AgentOptions): void {
  if (!options.token) return;
  forgetIdentity(options.dataDir);
  log("this node's identity is not known to the control plane: joining anew");
  process.exit(1);
}

/** Many nodes in one process, each with an identity and a directory of its own. */
async function runHollow(options: AgentOptions): Promise<void> {
  const agents: Agent[] = [];
  const base = options.nodeName ?? "hollow";
  for (let i = 0; i < options.hollow; i++) {
    const own = { ...options, nodeName: `${base}-${i}`, dataDir: join(options.dataDir, `${base}-${i}`), nodeIps: [`10.${128 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`] };
    agents.push(new Agent({ options: own, identity: await joined(own), runtime: new HollowRuntime({ network: i }), log: (text) => log(`${own.nodeName}: ${text}`) }, "hollow"));
  }
  log(`${agents.length} hollow nodes run`);
  const end = (): void => { void Promise.all(agents.map((a) => a.stop())).finally(() => process.exit(0)); };
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
}

/** The control plane may come up later than we do; only its refusal ends us. */
async function joined(options: AgentOptions): Promise<Identity> {
  for (let attempt = 0; ; attempt++) {
    try { return await ensureIdentity({ ...options, nodeName: options.nodeName ?? defaultNodeName() }); } catch (error) {
      const { status } = error as { status?: number };
      if ((status !== undefined && status < 500 && status !== 409) || !options.token) throw error;
      if (attempt % 20 === 0) log((error as Error).message);
      await sleep(JOIN_RETRY_MS);
    }
  }
}

async function untilRuntimeAnswers(runtime: Runtime): Promise<{ name: string; version: string }> {
  for (let attempt = 0; ; attempt++) {
    try { return await runtime.version(); } catch (error) {
      if (attempt % 20 === 0) log(`container runtime: ${(error as Error).message}`);
      await sleep(JOIN_RETRY_MS);
    }
  }
}

process.on("unhandledRejection", (error) => log(`unhandled: ${(error as Error)?.stack ?? error}`));
main().catch((error: Error) => { console.error(error.message); process.exit(1); });
