import { endpoints as endpointsKind } from "../../kinds/core/endpoints/kind.ts";
import { hasSelector } from "../../kinds/core/service/selected-by.ts";
import { service as serviceKind } from "../../kinds/core/service/kind.ts";
import { MANAGED_BY, SERVICE_NAME } from "../../kinds/discovery/endpoint-slice/labels.ts";
import { endpointSlice as sliceKind } from "../../kinds/discovery/endpoint-slice/kind.ts";
import type { Reader, Transaction } from "../../kinds/transaction.ts";
import type { Endpoints } from "../../kinds/types/core-v1.generated.ts";
import type { EndpointSlice } from "../../kinds/types/discovery-v1.generated.ts";
import { itself, splitKey, type Controller } from "../controller.ts";
import { controllerReference } from "../ownership.ts";
import { planMirror, portsKey, type Mirrored } from "./plan.ts";

const MANAGER = "endpointslicemirroring-controller.k8s.io";
const SKIP_MIRROR = "endpointslice.kubernetes.io/skip-mirror";
const UNMIRRORED_ANNOTATIONS = new Set(["endpoints.kubernetes.io/last-change-trigger-time", "kubectl.kubernetes.io/last-applied-configuration"]);

/**
 * Endpoints that somebody writes for a service without a selector, told again as EndpointSlices, which is what proxies
 * and DNS read. Labels, annotations and ownership are those of upstream's mirroring controller.
 */
export const endpointSliceMirroringController: Controller = {
  name: "endpoint-slice-mirroring-controller",
  watches: [
    itself(endpointsKind),
    { kind: serviceKind, keys: ({ object, previous }) => (previous && hasSelector(object) === hasSelector(previous) ? [] : [`${object.metadata.namespace}/${object.metadata.name}`]) },
    { kind: sliceKind, keys: ({ object, type }) => (isMirror(object) && type !== "ADDED" ? [`${object.metadata.namespace}/${object.metadata.labels![SERVICE_NAME]}`] : []) },
  ],
  reconcile(tx, key) {
    const { namespace, name } = splitKey(key);
    const mirrors = tx.list(sliceKind, { field: { path: "service", value: key } }).filter(isMirror);
    const endpoints = tx.get(endpointsKind, namespace, name);
    const wanted = endpoints && isMirrored(tx, endpoints) ? planMirror(endpoints.subsets ?? []) : [];
    const byPorts = new Map(mirrors.map((slice) => [portsKey(slice.addressType, slice.ports ?? []), slice]));
    for (const planned of wanted) {
      const at = portsKey(planned.addressType, planned.ports);
      write(tx, endpoints!, planned, byPorts.get(at));
      byPorts.delete(at);
    }
    const surplus = new Set(byPorts.values());
    for (const slice of mirrors) if (surplus.has(slice)) tx.delete(sliceKind, namespace, slice.metadata.name!, { preconditions: { uid: slice.metadata.uid } });
  },
};

const isMirror = (slice: EndpointSlice): boolean => slice.metadata.labels?.[MANAGED_BY] === MANAGER;

function isMirrored(reader: Reader, { metadata }: Endpoints): boolean {
  if (metadata.deletionTimestamp || metadata.labels?.[SKIP_MIRROR] === "true" || metadata.annotations?.["control-plane.alpha.kubernetes.io/leader"] !== undefined) return false;
  const service = reader.get(serviceKind, metadata.namespace, metadata.name!);
  return service !== undefined && !service.metadata.deletionTimestamp && !hasSelector(service);
}

function write(tx: Transaction, endpoints: Endpoints, planned: Mirrored, existing: EndpointSlice | undefined): void {
  const { namespace, name } = endpoints.metadata;
  const labels = { ...endpoints.metadata.labels, [SERVICE_NAME]: name!, [MANAGED_BY]: MANAGER };
  const annotations = Object.fromEntries(Object.entries(endpoints.metadata.annotations ?? {}).filter(([key]) => !UNMIRRORED_ANNOTATIONS.has(key)));
  const { addressType, ports } = planned;
  if (!existing) {
    const metadata = { generateName: `${name}-`, namespace, labels, annotations, ownerReferences: [controllerReference(endpointsKind, endpoints)] };
    tx.create(sliceKind, { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", metadata, addressType, ports, endpoints: planned.endpoints });
    return;
  }
  tx.update(sliceKind, namespace, existing.metadata.name!, (draft) => {
    Object.assign(draft.metadata, { labels, annotations, ownerReferences: [controllerReference(endpointsKind, endpoints)] });
    Object.assign(draft, { ports, endpoints: planned.endpoints });
  });
}
