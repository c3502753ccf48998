/** A step of bringing a pod up. Steps run in the order of index.ts, and again whenever something happened: each is idempotent. */
import type { PodEnvironment } from "../environment.ts";
import type { PodState } from "../state.ts";

export interface StepContext { state: PodState; env: PodEnvironment; wake: () => void }

/**
 * `proceed`: the next step may run. `wait`: look again when woken, or after `retryMs`. `end`: the pod is over (done or refused);
 * its containers are ended and its status tells the result.
 */
export type StepResult = { next: "proceed"; retryMs?: number } | { next: "wait"; retryMs?: number } | { next: "end" };

export interface Step {
  name: string;
  start(context: StepContext): Promise<StepResult>;
  /** Undoes it, once all containers have ended; in reverse order, best effort. */
  stop?(context: StepContext): Promise<void>;
}

export const proceed: StepResult = { next: "proceed" };
