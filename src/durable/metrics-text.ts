import { webhookMetricsOf } from "../admission/webhook/metrics.ts";
import { KUBERNETES_MINOR } from "../api/http/version.ts";
import { gauges } from "../api/metrics/families.ts";
import { labelsOf } from "../api/metrics/request-metrics.ts";
import type { ClusterCore } from "./cluster-core.ts";

/** What is measured outside of the core. */
export interface MetricsHost {
  nowMs(): number;
  startedMs: number;
  databaseBytes(): number | undefined;
}

/**
 * /metrics of one cluster, under upstream's names. Counted is what reaches the Cluster, since its object was woken; a
 * Worker keeps no counts, which would be those of all clusters together.
 */
export function metricsText(core: ClusterCore, host: MetricsHost): string {
  return [
    core.door.requests.text(host.nowMs()),
    core.door.flows.text(core.door.flowControl),
    core.audit.log.text(),
    webhookMetricsOf(core.registry.transaction(core.store.transaction)).text(),
    ...watches(core),
    ...storage(core, host),
    ...queues(core),
    gauges("process_start_time_seconds", "When the cluster's object woke, in seconds since 1970.", [], [[host.startedMs / 1000]]),
    gauges("kubernetes_build_info", "The version of the API that is served.", ["major", "minor", "git_version"], [[1, "1", KUBERNETES_MINOR, `v1.${KUBERNETES_MINOR}.0+isopod`]]),
  ].join("");
}

function* watches({ hub }: ClusterCore): Generator<string> {
  const of = ["verb", "group", "version", "resource", "subresource", "scope", "component"];
  const counts = new Map<string, [number, ...string[]]>();
  for (const { verb, group, version, resource, subresource, scope } of hub.requests().map((request) => labelsOf(request))) {
    const values = [verb, group, version, resource, subresource, scope, "apiserver"];
    const known = counts.get(values.join(" "));
    counts.set(values.join(" "), [(known?.[0] ?? 0) + 1, ...values]);
  }
  yield gauges("apiserver_longrunning_requests", "Watches that are open.", of, counts.values());
  yield gauges("apiserver_watch_events_total", "Events that were sent to watchers.", ["group", "version", "resource"],
    Array.from(hub.sent, ([resource, count]) => [count, ...splitResource(resource)] as const), "counter");
}

function* storage(core: ClusterCore, host: MetricsHost): Generator<string> {
  const counts = core.store.objectCounts();
  yield gauges("apiserver_storage_objects", "Objects that are stored.", ["resource"], counts.map(([resource, count]) => [count, qualified(resource)] as const));
  yield gauges("apiserver_resource_objects", "The same by group.", ["group", "resource"], counts.map(([resource, count]) => {
    const [group = "", name = ""] = resource.split("/");
    return [count, group, name] as const;
  }));
  const bytes = host.databaseBytes();
  if (bytes !== undefined) yield gauges("apiserver_storage_size_bytes", "Size of the cluster's database.", ["storage_cluster_id"], [[bytes, "etcd-0"]]);
}

function* queues({ queue, reconciles }: ClusterCore): Generator<string> {
  const depths = new Map<string, number>();
  for (const { controller } of queue.entries()) depths.set(controller, (depths.get(controller) ?? 0) + 1);
  const all = [...reconciles];
  yield gauges("workqueue_depth", "Keys that wait, those that are due later included.", ["name"], Array.from(depths, ([name, depth]) => [depth, name] as const));
  yield gauges("workqueue_adds_total", "Keys that were taken from the queue.", ["name"], all.map(([name, { runs }]) => [runs, name] as const), "counter");
  yield gauges("workqueue_retries_total", "Keys that came back after a failure.", ["name"], all.map(([name, { failures }]) => [failures, name] as const), "counter");
}

/** Watch events are told apart by resource alone: a watcher's version changes nothing in them. */
function splitResource(resource: string): [string, string, string] {
  const [group = "", name = ""] = resource.split("/");
  return [group, "", name];
}

const qualified = (resource: string): string => {
  const [group, name = ""] = resource.split("/");
  return group ? `${name}.${group}` : name;
};
