/**
 * The pods of this node: a worker for each, desired pods on disk (so that they start again after a reboot without the
 * control plane), and removal of what belongs to no pod.
 */
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PodEnvironment } from "./environment.ts";
import { isTerminalPhase, type Pod } from "./types.ts";
import { PodWorker } from "./worker.ts";

export class Pods {
  private readonly workers = new Map<string, PodWorker>();
  private readonly env: PodEnvironment;
  private readonly dir: string;
  constructor(env: PodEnvironment) {
    this.env = env;
    this.dir = join(env.paths.dataDir, "desired");
    mkdirSync(this.dir, { recursive: true, mode: 0o700 });
  }

  /** Starts the pods that were wanted when the agent last knew. */
  restore(): void {
    for (const file of readdirSync(this.dir)) {
      try { this.set(JSON.parse(readFileSync(join(this.dir, file), "utf8")) as Pod); } catch (error) { this.env.log(`${file}: ${(error as Error).message}`); }
    }
  }

  set(pod: Pod): void {
    const { uid } = pod.metadata;
    this.save(pod);
    const worker = this.workers.get(uid);
    if (worker) { worker.update(pod); return; }
    const created = new PodWorker(pod, this.env, () => this.gone(uid));
    this.workers.set(uid, created);
    created.update(pod);
  }

  delete(uid: string): void {
    rmSync(this.file(uid), { force: true });
    this.workers.get(uid)?.remove();
  }

  /** The server's list is known: what it does not name is no longer wanted. */
  keepOnly(uids: ReadonlySet<string>): void {
    for (const uid of [...this.workers.keys()]) if (!uids.has(uid)) this.delete(uid);
  }

  get(uid: string): PodWorker | undefined { return this.workers.get(uid); }
  find(namespace: string, name: string): PodWorker | undefined { return this.list().find((w) => w.state.pod.metadata.namespace === namespace && w.state.pod.metadata.name === name); }
  list(): PodWorker[] { return [...this.workers.values()]; }
  active(): Pod[] { return this.list().map((w) => w.state.pod).filter((p) => !isTerminalPhase(p.status?.phase)); }
  wake(uid: string): void { this.workers.get(uid)?.wake(); }
  wakeAll(): void { for (const worker of this.workers.values()) worker.wake(); }
  async stop(): Promise<void> { await Promise.all(this.list().map((w) => w.stop())); }

  private gone(uid: string): void {
    const worker = this.workers.get(uid);
    if (!worker) return;
    this.workers.delete(uid);
    rmSync(this.file(uid), { force: true });
    rmSync(this.env.paths.logs(worker.state.pod), { recursive: true, force: true });
    this.env.images.forget(uid);
    void worker.stop();
  }

  private file(uid: string): string { return join(this.dir, `${uid}.json`); }
  private save(pod: Pod): void {
    const path = this.file(pod.metadata.uid);
    writeFileSync(`${path}.new`, JSON.stringify(pod), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
}
