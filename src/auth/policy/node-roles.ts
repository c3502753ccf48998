import type { PolicyBinding, PolicyRole } from "./table.ts";

/** Our agent is kubelet, service proxy and cluster DNS in one: what the node authorizer does not give to a kubelet. */
export const NODE_ROLES: readonly PolicyRole[] = [
  { name: "isopod:node", rules: [
    "get list watch : - : endpoints namespaces nodes services",
    "get list watch : discovery.k8s.io : endpointslices",
    "get list watch : networking.k8s.io : ingressclasses ingresses networkpolicies servicecidrs",
    "create patch update : - events.k8s.io : events",
  ] },
];

export const NODE_BINDINGS: readonly PolicyBinding[] = [
  { name: "isopod:node", role: "ClusterRole isopod:node", subjects: ["Group system:nodes"] },
];
