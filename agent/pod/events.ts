/** Events about pods, as `kubectl describe` shows them: equal ones within ten minutes are one Event with a count. */
import { formatTime } from "../../src/kinds/values/time.ts";
import type { Clock } from "../clock.ts";
import type { Pod } from "./types.ts";

export type EventType = "Normal" | "Warning";
export interface EventTarget { kind: string; apiVersion?: string; namespace?: string; name: string; uid: string; resourceVersion?: string; fieldPath?: string }
/** Sends a request and never rejects; events are best effort. */
export type EventSink = (method: "POST" | "PATCH", path: string, body: object) => Promise<boolean>;

const SERIES_MS = 600_000;
const KNOWN_MAX = 2000;

export class EventRecorder {
  private readonly known = new Map<string, { path: string; count: number; lastMs: number }>();
  private readonly sink: EventSink;
  private readonly clock: Clock;
  private readonly node: string;
  private serial = 0;
  constructor(options: { sink: EventSink; clock: Clock; node: string }) { this.sink = options.sink; this.clock = options.clock; this.node = options.node; }

  pod(pod: Pod, type: EventType, reason: string, message: string, container?: { group: "containers" | "initContainers" | "ephemeralContainers"; name: string }): void {
    this.record({
      kind: "Pod", apiVersion: "v1", namespace: pod.metadata.namespace, name: pod.metadata.name, uid: pod.metadata.uid,
      ...(pod.metadata.resourceVersion && { resourceVersion: pod.metadata.resourceVersion }), ...(container && { fieldPath: `spec.${container.group}{${container.name}}` }),
    }, type, reason, message);
  }

  record(target: EventTarget, type: EventType, reason: string, message: string): void {
    const now = this.clock.now();
    const key = [target.uid, target.fieldPath, type, reason, message].join("\n");
    const before = this.known.get(key);
    if (before && now - before.lastMs < SERIES_MS) {
      before.count++;
      before.lastMs = now;
      void this.sink("PATCH", before.path, { count: before.count, lastTimestamp: formatTime(now) });
      return;
    }
    const namespace = target.namespace ?? "default";
    const name = `${target.name}.${(now * 1000 + this.serial++ % 1000).toString(16)}`;
    this.remember(key, { path: `/api/v1/namespaces/${namespace}/events/${name}`, count: 1, lastMs: now });
    void this.sink("POST", `/api/v1/namespaces/${namespace}/events`, {
      apiVersion: "v1", kind: "Event", metadata: { name, namespace }, involvedObject: target, type, reason, message: message.slice(0, 1024), count: 1,
      firstTimestamp: formatTime(now), lastTimestamp: formatTime(now), source: { component: "kubelet", host: this.node }, reportingComponent: "kubelet", reportingInstance: this.node,
    });
  }

  private remember(key: string, entry: { path: string; count: number; lastMs: number }): void {
    this.known.delete(key);
    this.known.set(key, entry);
    if (this.known.size > KNOWN_MAX) this.known.delete(this.known.keys().next().value!);
  }
}
