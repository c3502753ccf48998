import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { bundleWorker, ROOT, WORKER_BUNDLE } from "../../cli/bundle.ts";
import { freePort } from "../../test/e2e/support/installation.ts";
import { median } from "../figure.ts";
import { type Benchmark, until } from "../target.ts";

const REPEATS = 7;
const EMPTY = "export default { fetch: () => new Response() };";

/** What the platform limits: the size of the script, and the CPU that it takes before the first request (workerd with it, less workerd without). */
export const start: Benchmark = {
  name: "start",
  async run() {
    bundleWorker();
    const script = readFileSync(WORKER_BUNDLE);
    const [ours, empty]: [number[], number[]] = [[], []];
    for (let i = 0; i < REPEATS; i++) {
      ours.push(await startCpuMs(script));
      empty.push(await startCpuMs(EMPTY));
    }
    return [
      { name: "Worker's bundle, compressed", unit: "KB", value: gzipSync(script).length / 1000 },
      { name: "start-up CPU of the script", unit: "ms", value: median(ours) - median(empty) },
      { name: "start-up CPU of workerd itself", unit: "ms", value: median(empty) },
    ];
  },
};

/** Of all threads, until the first answer. */
async function startCpuMs(script: string | Uint8Array): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), "isopod-bench-"));
  const port = await freePort();
  writeFileSync(join(dir, "worker.js"), script);
  writeFileSync(join(dir, "config.capnp"), configuration(port));
  const child = spawn(join(ROOT, "node_modules", ".bin", "workerd"), ["serve", join(dir, "config.capnp")], { stdio: "ignore" });
  try {
    await until("an answer", async () => (await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined)) && true);
    return cpuMs(child.pid!);
  } finally {
    child.kill("SIGKILL");
    rmSync(dir, { recursive: true, force: true });
  }
}

const configuration = (port: number): string => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .bench)],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
const bench :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.js")],
  compatibilityDate = "2026-10-01", compatibilityFlags = ["nodejs_compat"]
);
`;

/** The launcher from npm may be a parent of the program itself. */
function cpuMs(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  if (children.length > 0) return children.reduce((sum, child) => sum + cpuMs(child), 0);
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => sum + Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]) / 1e6, 0);
}
