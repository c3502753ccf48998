/**
 * Health by individual checks under upstream's names, those that clients and tests look for. Most of upstream's hooks
 * prepare what a Cluster object has from its first moment, or makes in the transaction that creates it: they are done
 * when the cluster is there and its storage answers, and that is what is checked.
 */
export interface HealthCheck { name: string; endpoints: readonly Endpoint[]; fails?(state: HealthState): string | undefined }
export interface HealthState {
  /** Why the cluster's storage does not answer. */
  storageFault(): string | undefined;
  /** Whether what a cluster starts with is there. */
  bootstrapped(): boolean;
}

type Endpoint = "healthz" | "livez" | "readyz";
const everywhere: readonly Endpoint[] = ["healthz", "livez", "readyz"];
const storage: HealthCheck["fails"] = (state) => state.storageFault();
const bootstrap: HealthCheck["fails"] = (state) => state.storageFault() ?? (state.bootstrapped() ? undefined : "the cluster is not initialized");
const hook = (name: string, fails?: HealthCheck["fails"]): HealthCheck => ({ name: `poststarthook/${name}`, endpoints: everywhere, ...(fails && { fails }) });

const healthChecks: readonly HealthCheck[] = [
  { name: "ping", endpoints: everywhere },
  { name: "log", endpoints: everywhere },
  { name: "etcd", endpoints: everywhere, fails: storage },
  { name: "etcd-readiness", endpoints: ["readyz"], fails: storage },
  { name: "informer-sync", endpoints: ["readyz"], fails: storage },
  hook("start-kube-apiserver-admission-initializer"),
  hook("start-apiserver-admission-initializer"),
  hook("generic-apiserver-start-informers"),
  hook("priority-and-fairness-config-consumer"),
  hook("priority-and-fairness-filter"),
  hook("storage-object-count-tracker-hook"),
  hook("start-apiextensions-informers"),
  hook("start-apiextensions-controllers"),
  hook("crd-informer-synced"),
  hook("bootstrap-controller", bootstrap),
  hook("start-system-namespaces-controller", bootstrap),
  hook("start-cluster-authentication-info-controller", bootstrap),
  hook("start-legacy-token-tracking-controller"),
  hook("start-service-ip-repair-controllers"),
  hook("rbac/bootstrap-roles", bootstrap),
  hook("scheduling/bootstrap-system-priority-classes", bootstrap),
  hook("priority-and-fairness-config-producer", bootstrap),
  hook("start-kube-aggregator-informers"),
  hook("apiservice-registration-controller"),
  hook("apiservice-status-local-available-controller"),
  hook("apiservice-status-remote-available-controller"),
  hook("apiservice-status-available-controller"),
  hook("apiservice-discovery-controller"),
  hook("kube-apiserver-autoregistration"),
  { name: "autoregister-completion", endpoints: everywhere },
  hook("apiservice-openapi-controller"),
  hook("apiservice-openapiv3-controller"),
  { name: "shutdown", endpoints: ["readyz"] },
];

export interface HealthAnswer { status: 200 | 404 | 500; text: string }

/** `path` as asked: `/readyz`, or `/readyz/etcd` for one check. */
export function health(path: string, query: URLSearchParams, state: HealthState): HealthAnswer | undefined {
  const [, endpoint = "", ...rest] = path.replace(/\/$/, "").split("/");
  const checks = healthChecks.filter(({ endpoints }) => endpoints.includes(endpoint as Endpoint));
  if (checks.length === 0) return undefined;
  if (rest.length === 0) return all(endpoint, checks, query, state);
  const one = checks.find(({ name }) => name === rest.join("/"));
  if (!one) return undefined;
  const fault = one.fails?.(state);
  return fault === undefined ? { status: 200, text: "ok" } : { status: 500, text: `internal server error: ${fault}\n` };
}

function all(endpoint: string, checks: readonly HealthCheck[], query: URLSearchParams, state: HealthState): HealthAnswer {
  const excluded = new Set(query.getAll("exclude"));
  let failed = false;
  const lines = checks.map(({ name, fails }) => {
    if (excluded.delete(name)) return `[+]${name} excluded: ok\n`;
    if (fails?.(state) === undefined) return `[+]${name} ok\n`;
    failed = true;
    return `[-]${name} failed: reason withheld\n`;
  });
  const unknown = [...excluded].map((name) => JSON.stringify(name)).sort();
  if (unknown.length > 0) lines.push(`warn: some health checks cannot be excluded: no matches for ${unknown.join(", ")}\n`);
  if (failed) return { status: 500, text: `${lines.join("")}${endpoint} check failed\n` };
  return { status: 200, text: query.has("verbose") ? `${lines.join("")}${endpoint} check passed\n` : "ok" };
}
