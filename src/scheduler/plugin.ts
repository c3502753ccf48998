import type { Node, Pod } from "../kinds/types/core-v1.generated.ts";
import type { Reader } from "../kinds/transaction.ts";

/** What the scheduler knows of a node while it decides: the node, and the sums over the pods placed there. */
export interface NodeInfo {
  readonly node: Node;
  /** By resource name: cpu in millicores, everything else in whole units (bytes, counts); `pods` counts pods. */
  readonly requested: ReadonlyMap<string, number>;
  readonly allocatable: ReadonlyMap<string, number>;
  /** As `requested`, but a container without requests counts 100m and 200 MB (upstream's non-zero requests); for scores. */
  readonly scored: ReadonlyMap<string, number>;
  readonly hostPorts: readonly HostPort[];
}

export interface HostPort { protocol: string; ip: string; port: number }

/** One concern of placement. Pure: state in, verdict out. Names and reasons are upstream's, since clients match on them. */
export interface SchedulerPlugin {
  readonly name: string;
  /** Once per pod, before the nodes: computations that `filter` and `score` share. A returned reason makes the pod unschedulable everywhere. */
  preFilter?(pod: Pod, cycle: CycleState, reader: Reader): string | undefined;
  /** Why the pod does not fit, such as `Insufficient cpu`; empty means that it does. */
  filter?(pod: Pod, node: NodeInfo, cycle: CycleState): readonly string[];
  preScore?(pod: Pod, nodes: readonly NodeInfo[], cycle: CycleState, reader: Reader): void;
  /** Any number; 0 to 100 after `normalize`. */
  score?(pod: Pod, node: NodeInfo, cycle: CycleState): number;
  normalize?(scores: readonly number[]): number[];
  /** Default 1. */
  readonly weight?: number;
}

/** Scratch space of one scheduling cycle, by plugin name. */
export type CycleState = Map<string, unknown>;

export const SCORE_MAX = 100;

/** Scales so that the highest becomes 100, or with `reverse` the lowest. */
export function scaleScores(scores: readonly number[], reverse = false): number[] {
  const max = Math.max(0, ...scores);
  if (max === 0) return scores.map(() => (reverse ? SCORE_MAX : 0));
  return scores.map((score) => {
    const scaled = Math.floor((SCORE_MAX * score) / max);
    return reverse ? SCORE_MAX - scaled : scaled;
  });
}
