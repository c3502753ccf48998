/** A pod worker on a hollow runtime with a clock of its own, for tests. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../clock.ts";
import { HollowRuntime } from "../runtime/hollow.ts";
import { ImagePuller } from "./containers/image-puller.ts";
import { PodPaths, type PodEnvironment } from "./environment.ts";
import { EventRecorder } from "./events.ts";
import type { DataObject, Pod, PodStatus } from "./types.ts";
import { PodWorker } from "./worker.ts";

/** Timers fire only when time is moved. */
class FakeClock implements Clock {
  private ms = Date.parse("2026-01-01T00:00:00Z");
  private readonly timers = new Set<{ at: number; callback: () => void }>();
  now(): number { return this.ms; }
  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.ms + ms, callback };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }
  /** Moves in order of due times, letting what each timer started come to rest. */
  async advance(ms: number): Promise<void> {
    const end = this.ms + ms;
    for (;;) {
      const due = [...this.timers].filter((t) => t.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.ms = Math.max(this.ms, due.at);
      this.timers.delete(due);
      due.callback();
      await rest();
    }
    this.ms = end;
    await rest();
  }
}

/** Everything here settles within a few turns of the event loop. */
export async function rest(): Promise<void> { for (let i = 0; i < 30; i++) await new Promise((resolve) => setImmediate(resolve)); }

export interface TestPod extends AsyncDisposable {
  worker: PodWorker;
  runtime: HollowRuntime;
  clock: FakeClock;
  env: PodEnvironment;
  objects: Map<string, DataObject>;
  events: { reason: string; message: string }[];
  status(): PodStatus;
  finished(): PodStatus | undefined;
  exit(container: string, code: number): Promise<void>;
}

export function aPod(spec: Partial<Pod["spec"]> = {}): Pod {
  return { metadata: { name: "web", namespace: "default", uid: "uid-1", generation: 1 }, spec: { restartPolicy: "Always", containers: [{ name: "c", image: "web:1" }], ...spec } };
}

export async function testPod(pod: Pod, change: Partial<PodEnvironment> = {}): Promise<TestPod> {
  const clock = new FakeClock();
  const runtime = new HollowRuntime({ now: () => clock.now() });
  const dataDir = mkdtempSync(join(tmpdir(), "isopod-pod-"));
  const events: TestPod["events"] = [];
  const objects = new Map<string, DataObject>();
  const recorder = new EventRecorder({ clock, node: "n1", sink: async (_method, _path, body) => { if ("reason" in body) events.push(body as { reason: string; message: string }); return true; } });
  let status: PodStatus = {};
  let finished: PodStatus | undefined;
  const env: PodEnvironment = {
    node: { name: "n1", ips: ["192.0.2.1"], clusterDns: ["10.96.0.10"], clusterDomain: "cluster.local", memoryBytes: 8e9, allocatable: () => ({ cpu: "2", memory: "8Gi" }), resolvConf: "" },
    runtime, runtimeName: "hollow", clock, paths: new PodPaths(dataDir), cgroups: { path: () => "", create: () => {}, remove: () => {} }, hasVolumes: true,
    objects: { get: async (_pod, resource, name) => objects.get(`${resource}/${name}`), release: () => {} }, services: { list: () => [], ready: async () => {} },
    tokens: { request: async () => ({ token: "token", expiresAtMs: clock.now() + 3_600_000 }) },
    mounts: { tmpfs: async () => {}, bind: async () => {}, unmountAll: async () => {}, isMounted: () => false },
    events: recorder, images: new ImagePuller({ runtime, events: recorder, clock }), refusal: () => undefined, hasEnded: () => false, log: (message) => { throw new Error(message); },
    publishStatus: (_pod, next) => { status = next; }, finishDeletion: (_pod, next) => { finished = next; }, ...change,
  };
  const worker = new PodWorker(pod, env, () => {});
  const stopEvents = runtime.watchEvents(() => worker.wake());
  worker.wake();
  await rest();
  return {
    worker, runtime, clock, env, objects, events, status: () => status, finished: () => finished,
    async exit(container, code) {
      const record = (await runtime.listContainers()).find((c) => c.name === container && c.state === "running");
      if (!record) throw new Error(`${container} does not run`);
      runtime.exit(record.id, code);
      await rest();
    },
    async [Symbol.asyncDispose]() { stopEvents(); await worker.stop(); rmSync(dataDir, { recursive: true, force: true }); },
  };
}
