import type { KubeObject, ObjectMeta } from "../../src/kinds/object.ts";

/** Small valid objects, as a client would send them. `more` is merged over metadata. */
type Meta = Partial<ObjectMeta>;
const meta = (name: string, more: Meta = {}): ObjectMeta => ({ name, namespace: "default", ...more });
const image = (name: string) => ({ name: "main", image: name });

export const aNamespace = (name: string, more: Meta = {}): KubeObject =>
  ({ apiVersion: "v1", kind: "Namespace", metadata: { name, ...more } });

export const aConfigMap = ({ data = { key: "value" } as Record<string, string>, ...more }: Meta & { data?: Record<string, string> } = {}): KubeObject =>
  ({ apiVersion: "v1", kind: "ConfigMap", metadata: meta("config", more), data });

export const aPod = ({ image: name = "app:1", spec = {}, ...more }: Meta & { image?: string; spec?: object } = {}): KubeObject =>
  ({ apiVersion: "v1", kind: "Pod", metadata: meta("pod", more), spec: { containers: [image(name)], ...spec } });

/** What a scheduler posts. */
export const aBinding = (pod: KubeObject, nodeName: string): KubeObject => ({
  apiVersion: "v1", kind: "Binding",
  metadata: { name: pod.metadata.name!, namespace: pod.metadata.namespace!, uid: pod.metadata.uid! },
  target: { apiVersion: "v1", kind: "Node", name: nodeName },
});

export interface DeploymentOptions extends Meta {
  replicas?: number;
  image?: string;
  maxUnavailable?: number | string;
  maxSurge?: number | string;
  strategy?: "RollingUpdate" | "Recreate";
  spec?: object;
}

export function aDeployment({ replicas = 1, image: name = "app:1", maxUnavailable, maxSurge, strategy, spec = {}, ...more }: DeploymentOptions = {}): KubeObject {
  const metadata = meta("web", more);
  const labels = { app: metadata.name! };
  const rolling = maxUnavailable === undefined && maxSurge === undefined ? undefined
    : { ...(maxUnavailable !== undefined && { maxUnavailable }), ...(maxSurge !== undefined && { maxSurge }) };
  return {
    apiVersion: "apps/v1", kind: "Deployment", metadata,
    spec: {
      replicas, selector: { matchLabels: labels },
      ...((strategy || rolling) && { strategy: { type: strategy ?? "RollingUpdate", ...(rolling && { rollingUpdate: rolling }) } }),
      template: { metadata: { labels }, spec: { containers: [image(name)] } },
      ...spec,
    },
  };
}

export const aService = ({ selector = { app: "web" }, port = 80, spec = {}, ...more }: Meta & { selector?: Record<string, string>; port?: number; spec?: object } = {}): KubeObject =>
  ({ apiVersion: "v1", kind: "Service", metadata: meta("web", more), spec: { selector, ports: [{ port }], ...spec } });

export const aNode = ({ cpu = "8", memory = "16Gi", pods = "110", ...more }: Meta & { cpu?: string; memory?: string; pods?: string } = {}): KubeObject => {
  const capacity = { cpu, memory, pods, "ephemeral-storage": "100Gi" };
  const name = more.name ?? "node-1";
  return {
    apiVersion: "v1", kind: "Node", metadata: { name, labels: { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux" }, ...more },
    spec: {}, status: { capacity, allocatable: capacity },
  };
};

/** A copy of a served object with other data, still carrying its resourceVersion. */
export const withData = (obj: KubeObject, data: Record<string, string>): KubeObject => ({ ...structuredClone(obj), data });
