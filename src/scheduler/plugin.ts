import type { KubeObject } from "../kinds/object.ts";
import type { Reader } from "../kinds/transaction.ts";

/** What the scheduler knows of a node while it decides; requests are of the pods placed there, those of this round included. */
export interface NodeInfo {
  node: KubeObject;
  pods: readonly KubeObject[];
  /** Milli-CPU, bytes, and counts of extended resources, by resource name. */
  requested: ReadonlyMap<string, number>;
  allocatable: ReadonlyMap<string, number>;
  hostPorts: ReadonlySet<string>;
}

/** One concern of placement. Pure: state in, verdict out. Names and messages are upstream's, since clients match on them. */
export interface SchedulerPlugin {
  readonly name: string; // "NodeResourcesFit"
  /** Once per pod, before the nodes: shared computations; a returned reason makes the pod unschedulable everywhere. */
  preFilter?(pod: KubeObject, cycle: CycleState, reader: Reader): string | undefined;
  /** Reason(s) why the pod does not fit, such as `Insufficient cpu`; empty means that it does. `unresolvable`: evicting pods would not help. */
  filter?(pod: KubeObject, node: NodeInfo, cycle: CycleState): { reasons: string[]; unresolvable?: boolean } | undefined;
  preScore?(pod: KubeObject, nodes: readonly NodeInfo[], cycle: CycleState, reader: Reader): void;
  /** 0 to 100 after `normalize`. */
  score?(pod: KubeObject, node: NodeInfo, cycle: CycleState): number;
  normalize?(scores: number[]): number[];
  readonly weight?: number; // default 1
}

/** Scratch space of one scheduling cycle, by plugin name. */
export type CycleState = Map<string, unknown>;
