import type { Controller } from "../../../controllers/controller.ts";
import { deepEqual } from "../../../lib/deep-equal.ts";
import { service as serviceKind } from "../../core/service/kind.ts";
import { endpointSlice } from "../../discovery/endpoint-slice/kind.ts";
import type { Reader, Transaction } from "../../transaction.ts";
import type { APIService } from "../../types/apiregistration-v1.generated.ts";
import type { EndpointSlice } from "../../types/discovery-v1.generated.ts";
import { formatTime } from "../../values/time.ts";
import { callOf, rootOf } from "./aggregator.ts";
import { available, apiService, LOCAL } from "./kind.ts";

/**
 * Keeps the Available condition of every APIService, in upstream's reasons and words. A service is asked for its version's
 * discovery when something about it changes, and when the aggregator could not reach it (src/durable/aggregation.ts); again
 * and again, at growing intervals, only for as long as it fails.
 */
const PROBE_MS_MAX = 5_000;
const AGAIN_MS_MIN = 1_000;
const AGAIN_MS_MAX = 300_000;

export const availabilityController: Controller = {
  name: "remote-availability",
  watches: [
    { kind: apiService, keys: ({ object, previous }) => ((object.spec?.service || previous?.spec?.service) && !deepEqual(object.spec, previous?.spec) ? [object.metadata.name!] : []) },
    { kind: serviceKind, keys: ({ object: { metadata } }, reader) => servedBy(reader, `${metadata.namespace}/${metadata.name}`) },
    { kind: endpointSlice, keys: ({ object: { metadata } }, reader) => servedBy(reader, `${metadata.namespace}/${metadata.labels?.["kubernetes.io/service-name"] ?? ""}`) },
  ],
  reconcile(tx, name) {
    const obj = tx.get(apiService, undefined, name);
    if (!obj) return undefined;
    const found = stateOf(tx, obj);
    const sinceMs = tx.nowMs - record(tx, obj, found);
    return found.reason === "FailedDiscoveryCheck" ? { requeueAfterMs: Math.min(AGAIN_MS_MAX, Math.max(AGAIN_MS_MIN, sinceMs)) } : undefined;
  },
};

function servedBy(reader: Reader, service: string): string[] {
  return reader.list(apiService, { field: { path: "service", value: service } }).map(({ metadata }) => metadata.name!);
}

interface State { type: string; status: string; reason: string; message: string }

const unavailable = (reason: string, message: string): State => ({ type: "Available", status: "False", reason, message });

function stateOf(tx: Transaction, obj: APIService): State {
  const wanted = obj.spec?.service;
  if (!wanted) return LOCAL;
  const { name, namespace, port = 443 } = wanted;
  const service = tx.get(serviceKind, namespace, name!);
  if (!service) return unavailable("ServiceNotFound", `service/${name} in "${namespace}" is not present`);
  if (service.spec?.type !== "ClusterIP") return probe(tx, obj);
  const found = service.spec.ports?.find((p) => p.port === port);
  if (!found) return unavailable("ServicePortError", `service/${name} in "${namespace}" is not listening on port ${port}`);
  const slices = tx.list<EndpointSlice>(endpointSlice, { field: { path: "service", value: `${namespace}/${name}` } });
  if (slices.length === 0) return unavailable("EndpointsNotFound", `cannot find endpointslices for service/${name} in "${namespace}"`);
  const portName = found.name ?? "";
  if (slices.some((slice) => isReady(slice, portName))) return probe(tx, obj);
  return unavailable("MissingEndpoints", `endpointslices for service/${name} in "${namespace}" have no addresses with port name "${portName}"`);
}

const isReady = ({ endpoints, ports }: EndpointSlice, portName: string): boolean =>
  (endpoints ?? []).some((e) => e.conditions?.ready !== false) && (ports ?? []).some((p) => (p.name ?? "") === portName && p.port);

/** Without verifying the server, as upstream: who could forge a condition gains nothing by it. */
function probe(tx: Transaction, obj: APIService): State {
  const { namespace, name, port = 443 } = obj.spec!.service!;
  const path = rootOf(obj);
  const unverified = { ...obj, spec: { ...obj.spec!, caBundle: undefined, insecureSkipTLSVerify: true } };
  const [answer] = tx.outbound([callOf(unverified, { method: "GET", path, timeoutMs: PROBE_MS_MAX })]);
  const url = `https://${name}.${namespace}.svc:${port}${path}`;
  const failed = (why: string) => unavailable("FailedDiscoveryCheck", `failing or missing response from ${url}: ${why}`);
  if ("error" in answer!) return failed(`Get "${url}": ${answer.error}`);
  if (answer!.status < 200 || answer!.status >= 300) return failed(`bad status from ${url}: ${answer!.status}`);
  return { type: "Available", status: "True", reason: "Passed", message: "all checks passed" };
}

/** Since when the condition has this status, in ms. */
function record(tx: Transaction, obj: APIService, state: State): number {
  const before = available(obj);
  const lastTransitionTime = before?.status === state.status && before.lastTransitionTime ? before.lastTransitionTime : formatTime(tx.nowMs);
  tx.update(apiService, undefined, obj.metadata.name!, (draft) => {
    const others = (draft.status?.conditions ?? []).filter(({ type }) => type !== "Available");
    draft.status = { ...draft.status, conditions: [...others, { ...state, lastTransitionTime }] };
  }, { subresource: "status" });
  return Date.parse(lastTransitionTime);
}
