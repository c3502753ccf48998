import { endpoints as endpointsKind } from "../../kinds/core/endpoints/kind.ts";
import { service as serviceKind } from "../../kinds/core/service/kind.ts";
import { SERVICE_NAME } from "../../kinds/discovery/endpoint-slice/labels.ts";
import { endpointSlice as sliceKind } from "../../kinds/discovery/endpoint-slice/kind.ts";
import type { ClusterFacts } from "../../kinds/kind.ts";
import type { Transaction } from "../../kinds/transaction.ts";
import { formatIp, network, parseCidr } from "../../kinds/values/ip.ts";
import type { Controller, Watch } from "../controller.ts";

const NAMESPACE = "default";
const NAME = "kubernetes";
const SKIP_MIRROR = "endpointslice.kubernetes.io/skip-mirror";
const PORT = { name: "https", port: 443, protocol: "TCP" } as const;

/**
 * Keeps the service `kubernetes` and where it leads. There is no API server at an address of its own inside the cluster:
 * every node's agent answers on the first address of the service network, so this is the one endpoint.
 */
export const kubernetesServiceController: Controller = {
  name: "kubernetes-service-controller",
  watches: [only(serviceKind), only(endpointsKind), only(sliceKind)],
  reconcile(tx, _key, cluster) {
    const address = firstServiceIp(cluster.serviceCidrs[0]);
    ensureService(tx, address, cluster);
    ensureEndpoints(tx, address);
    ensureSlice(tx, address);
  },
};

function only(kind: Watch["kind"]): Watch {
  return { kind, keys: ({ object: { metadata } }) => (metadata.namespace === NAMESPACE && metadata.name === NAME ? [NAME] : []) };
}

function firstServiceIp(cidr: string): string {
  const first = network(parseCidr(cidr)!);
  return formatIp({ ...first, value: first.value + 1n });
}

function ensureService(tx: Transaction, clusterIP: string, cluster: ClusterFacts): void {
  if (tx.get(serviceKind, NAMESPACE, NAME)) return;
  const targetPort = Number(new URL(cluster.issuer).port) || 443;
  tx.create(serviceKind, {
    apiVersion: "v1", kind: "Service", metadata: { name: NAME, namespace: NAMESPACE, labels: { component: "apiserver", provider: NAME } },
    spec: { type: "ClusterIP", clusterIP, ipFamilyPolicy: "SingleStack", sessionAffinity: "None", ports: [{ ...PORT, targetPort }] },
  });
}

function ensureEndpoints(tx: Transaction, ip: string): void {
  const subsets = [{ addresses: [{ ip }], ports: [{ ...PORT }] }];
  const changed = tx.update(endpointsKind, NAMESPACE, NAME, (draft) => {
    draft.metadata.labels = { ...draft.metadata.labels, [SKIP_MIRROR]: "true" };
    draft.subsets = subsets;
  });
  if (!changed) tx.create(endpointsKind, { apiVersion: "v1", kind: "Endpoints", metadata: { name: NAME, namespace: NAMESPACE, labels: { [SKIP_MIRROR]: "true" } }, subsets });
}

function ensureSlice(tx: Transaction, address: string): void {
  const endpoints = [{ addresses: [address], conditions: { ready: true } }];
  const changed = tx.update(sliceKind, NAMESPACE, NAME, (draft) => {
    draft.metadata.labels = { ...draft.metadata.labels, [SERVICE_NAME]: NAME };
    draft.endpoints = endpoints;
    draft.ports = [{ ...PORT }];
  });
  if (changed) return;
  tx.create(sliceKind, { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", metadata: { name: NAME, namespace: NAMESPACE, labels: { [SERVICE_NAME]: NAME } }, addressType: address.includes(":") ? "IPv6" : "IPv4", endpoints, ports: [{ ...PORT }] });
}
