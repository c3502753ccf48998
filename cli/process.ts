import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";

/** Runs a command to its end; throws with its output if it fails. */
export function run(command: string, args: readonly string[], options: { input?: string; allowFailure?: boolean } = {}): string {
  const done = spawnSync(command, [...args], { encoding: "utf8", input: options.input, maxBuffer: 64 << 20 });
  if (done.status !== 0 && !options.allowFailure) {
    throw new Error(`${command} ${args.join(" ")} failed: ${(done.stderr || done.stdout || String(done.error ?? done.status)).trim()}`);
  }
  return done.stdout ?? "";
}

export interface ServiceOptions {
  name: string;
  command: string;
  args: readonly string[];
  env?: Record<string, string>;
  logFile: string;
  /** Starts it again when it ends by itself. */
  restart: boolean;
  /** Between SIGTERM and SIGKILL. */
  graceMs: number;
  /** The command is a wrapper that waits for a child (nsenter): signals are for the child. */
  wrapped?: boolean;
  /** Called each time when it ended without being asked to. */
  onExit?: (reason: string) => void;
}

/**
 * A process of ours that runs until it is stopped. It gets SIGKILL from the kernel if this process dies, so that
 * nothing outlives a killed launcher.
 */
export class Service {
  readonly options: ServiceOptions;
  #child: ChildProcess | undefined;
  #stopping = false;
  #restarts = 0;

  constructor(options: ServiceOptions) {
    this.options = options;
    this.#spawn();
  }

  get pid(): number | undefined { return this.#child?.pid; }

  #spawn(): void {
    const log = openSync(this.options.logFile, "a", 0o600);
    const startedMs = Date.now();
    const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", this.options.command, ...this.options.args], {
      stdio: ["ignore", log, log],
      env: { ...process.env, ...this.options.env },
      detached: true, // the terminal's Ctrl-C goes to the launcher alone, which stops things in order
    });
    closeSync(log);
    this.#child = child;
    child.on("error", (error) => this.options.onExit?.(String(error)));
    child.on("exit", (code, signal) => {
      if (this.#stopping) return;
      this.options.onExit?.(signal ?? `exit code ${code}`);
      if (!this.options.restart) return;
      if (Date.now() - startedMs > 10_000) this.#restarts = 0;
      setTimeout(() => { if (!this.#stopping) this.#spawn(); }, Math.min(100 * 2 ** this.#restarts++, 5_000));
    });
  }

  /** SIGTERM, then after the grace period SIGKILL; resolves when it is gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    this.#signal(child, "SIGTERM");
    const timer = setTimeout(() => this.#signal(child, "SIGKILL"), this.options.graceMs);
    await gone;
    clearTimeout(timer);
  }

  #signal(child: ChildProcess, signal: NodeJS.Signals): void {
    const inner = this.options.wrapped ? childOf(child.pid!) : undefined;
    try { if (inner) process.kill(inner, signal); else child.kill(signal); } catch { /* it is gone already */ }
    // A wrapper stops itself when its child is stopped, and would then never see the child's end.
    if (inner && signal === "SIGKILL") child.kill("SIGKILL");
  }
}

/** Process id of the first child, as seen from here. */
export function childOf(pid: number): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ")[0]) || undefined;
  } catch {
    return undefined;
  }
}
