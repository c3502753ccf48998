/** Runs one probe of one container again and again, and counts towards its thresholds. */
import type { Probe } from "../../../src/kinds/types/core-v1.generated.ts";
import type { Clock } from "../../clock.ts";
import type { Outcome } from "./handlers.ts";

export type ProbeKind = "startup" | "readiness" | "liveness";

export interface ProberOptions {
  kind: ProbeKind;
  probe: Probe;
  clock: Clock;
  startedAtMs: number;
  initial: boolean | undefined;
  attempt(): Promise<Outcome>;
  /** Whether to try now: readiness and liveness wait for startup. */
  isDue(): boolean;
  /** Each failed try. */
  onFailure(output: string): void;
  /** The result changed, or (liveness, startup) failed for good. */
  onResult(ok: boolean): void;
}

export class Prober {
  /** Undefined until a threshold is reached for the first time. */
  result: boolean | undefined;
  private runs = 0;
  private last: boolean | undefined;
  private cancel: () => void = () => {};
  private stopped = false;
  private readonly options: ProberOptions;

  constructor(options: ProberOptions) {
    this.options = options;
    this.result = options.initial;
    const { probe, clock } = options;
    const due = options.startedAtMs + (probe.initialDelaySeconds ?? 0) * 1000 - clock.now();
    this.schedule(Math.max(due, 0));
  }

  stop(): void { this.stopped = true; this.cancel(); }

  private schedule(ms: number): void { this.cancel = this.options.clock.after(ms, () => void this.run()); }

  private async run(): Promise<void> {
    const { options } = this;
    if (this.stopped) return;
    if (options.isDue()) this.count(await options.attempt());
    if (!this.stopped) this.schedule(this.nextDelayMs());
  }

  private nextDelayMs(): number {
    return (this.options.probe.periodSeconds ?? 10) * 1000;
  }

  private count({ ok, output }: Outcome): void {
    if (this.stopped) return;
    const { probe, kind } = this.options;
    this.runs = this.last === ok ? this.runs + 1 : 1;
    this.last = ok;
    if (!ok) this.options.onFailure(output);
    if (this.runs < (ok ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3))) return;
    const fatal = !ok && kind !== "readiness";
    if (this.result === ok && !fatal) return;
    this.result = ok;
    if (fatal) this.runs = 0;
    this.options.onResult(ok);
    if (kind === "startup" && ok) this.stop();
  }
}
