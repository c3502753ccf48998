import type { ClusterFacts } from "../../kind.ts";
import type { ServiceCIDR } from "../../types/networking-v1.generated.ts";

/** The ServiceCIDR that stands for the cluster's own parameters. */
export const DEFAULT_SERVICE_CIDR = "kubernetes";
export const SERVICE_CIDR_FINALIZER = "networking.k8s.io/service-cidr-finalizer";

export const defaultServiceCidr = (cidrs: ClusterFacts["serviceCidrs"]): ServiceCIDR => ({
  apiVersion: "networking.k8s.io/v1", kind: "ServiceCIDR", metadata: { name: DEFAULT_SERVICE_CIDR, finalizers: [SERVICE_CIDR_FINALIZER] },
  spec: { cidrs: [...cidrs] },
});
