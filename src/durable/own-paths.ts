import { dumps } from "../api/flow-control/dump.ts";
import { health } from "../api/health.ts";
import type { ApiResponse, PathRequest } from "../api/request.ts";
import { notFound } from "../lib/errors.ts";
import type { ClusterCore } from "./cluster-core.ts";
import { metricsText, type MetricsHost } from "./metrics-text.ts";

/** Paths that only the Cluster can answer. Permission has been asked. */
export const ownPaths = (core: ClusterCore, host: MetricsHost) => (request: PathRequest): ApiResponse => {
  const query = new URLSearchParams(request.query);
  const [, root, group, table = ""] = request.path.split("/");
  if (request.path === "/metrics") return text(200, metricsText(core, host), "text/plain; version=0.0.4; charset=utf-8");
  if (root === "debug" && group === "api_priority_and_fairness" && Object.hasOwn(dumps, table)) return text(200, dumps[table]!(core.door.flowControl, query));
  const answer = health(request.path, query, { storageFault: () => storageFault(core), bootstrapped: () => core.identity.exists });
  if (answer) return text(answer.status, answer.text);
  throw notFound({ group: "", resource: "paths", name: request.path });
};

function storageFault({ store }: ClusterCore): string | undefined {
  try {
    store.db.all("SELECT 1 AS x FROM meta LIMIT 1");
    return undefined;
  } catch (error) {
    return String(error);
  }
}

const text = (status: number, body: string, type = "text/plain; charset=utf-8"): ApiResponse =>
  ({ status, body, headers: { "content-type": type, "cache-control": "no-cache, private", "x-content-type-options": "nosniff" } });
