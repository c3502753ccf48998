import { describe, expect, test } from "vitest";
import type { PodSpec } from "../types/core-v1.generated.ts";
import { defaultPodOnly, defaultPodSpec, defaultPodTemplate } from "./defaults.ts";
import { defaultPullPolicy } from "./image-reference.ts";

type Loose = Record<string, unknown>;
const defaulted = (spec: Loose): any => {
  const draft = structuredClone({ containers: [{ name: "c", image: "i:1" }], ...spec }) as unknown as PodSpec;
  defaultPodOnly(draft);
  defaultPodSpec(draft);
  return draft;
};
const container = (fields: Loose) => defaulted({ containers: [{ name: "c", image: "i:1", ...fields }] }).containers[0];
const volume = (source: Loose) => defaulted({ volumes: [{ name: "v", ...source }] }).volumes[0];

test("an almost empty pod gets all that upstream serves", () => {
  expect(defaulted({})).toEqual({
    containers: [{ name: "c", image: "i:1", imagePullPolicy: "IfNotPresent", resources: {}, terminationMessagePath: "/dev/termination-log", terminationMessagePolicy: "File" }],
    dnsPolicy: "ClusterFirst", enableServiceLinks: true, restartPolicy: "Always", schedulerName: "default-scheduler",
    securityContext: {}, terminationGracePeriodSeconds: 30,
  });
});

test("templates get no more than their pods need to be alike", () => {
  const template = { spec: { containers: [{ name: "c", image: "i", resources: { limits: { cpu: "1" } } }], hostNetwork: true } };
  defaultPodTemplate(template);
  expect(template.spec).not.toHaveProperty("enableServiceLinks");
  expect(template.spec.containers[0]!.resources).toEqual({ limits: { cpu: "1" } });
});

test.each([
  ["nginx", "Always"], ["nginx:latest", "Always"], ["host:5000/nginx", "Always"], ["host:5000/nginx:1", "IfNotPresent"],
  ["nginx@sha256:abc", "IfNotPresent"], ["nginx:latest@sha256:abc", "Always"], ["", "IfNotPresent"],
])("image %j is pulled %s", (image, policy) => {
  expect(defaultPullPolicy(image)).toBe(policy);
});

describe("containers", () => {
  test.each<[string, Loose, Loose]>([
    ["ports are TCP", { ports: [{ containerPort: 80 }] }, { ports: [{ containerPort: 80, protocol: "TCP" }] }],
    ["requests follow limits", { resources: { limits: { cpu: "1", memory: "1Gi" }, requests: { cpu: "500m" } } },
      { resources: { limits: { cpu: "1", memory: "1Gi" }, requests: { cpu: "500m", memory: "1Gi" } } }],
    ["quantities are canonical, and rounded up to a thousandth", { resources: { requests: { cpu: "0.5", memory: "1024Mi", x: "0.0001" } } },
      { resources: { requests: { cpu: "500m", memory: "1Gi", x: "1m" } } }],
    ["probes", { livenessProbe: { httpGet: { port: 80 } }, readinessProbe: { grpc: { port: 1 }, periodSeconds: 5 } }, {
      livenessProbe: { httpGet: { port: 80, path: "/", scheme: "HTTP" }, timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 },
      readinessProbe: { grpc: { port: 1, service: "" }, timeoutSeconds: 1, periodSeconds: 5, successThreshold: 1, failureThreshold: 3 },
    }],
    ["hooks", { lifecycle: { preStop: { httpGet: { port: "http" } } } }, { lifecycle: { preStop: { httpGet: { port: "http", path: "/", scheme: "HTTP" } } } }],
    ["the downward API", { env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }, { name: "B", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } }] },
      { env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.name", apiVersion: "v1" } } }, { name: "B", valueFrom: { resourceFieldRef: { resource: "limits.cpu", divisor: "0" } } }] }],
  ])("%s", (_name, fields, expected) => {
    expect(container(fields)).toMatchObject(expected);
  });
});

describe("volumes", () => {
  test.each<[string, Loose, Loose]>([
    ["no source is an emptyDir", {}, { emptyDir: {} }],
    ["configMap", { configMap: { name: "m" } }, { configMap: { name: "m", defaultMode: 420 } }],
    ["secret", { secret: { secretName: "s", defaultMode: 256 } }, { secret: { secretName: "s", defaultMode: 256 } }],
    ["hostPath", { hostPath: { path: "/x" } }, { hostPath: { path: "/x", type: "" } }],
    ["downwardAPI", { downwardAPI: { items: [{ path: "a", fieldRef: { fieldPath: "metadata.uid" } }] } },
      { downwardAPI: { defaultMode: 420, items: [{ path: "a", fieldRef: { fieldPath: "metadata.uid", apiVersion: "v1" } }] } }],
    ["projected", { projected: { sources: [{ serviceAccountToken: { path: "token" } }] } },
      { projected: { defaultMode: 420, sources: [{ serviceAccountToken: { path: "token", expirationSeconds: 3600 } }] } }],
    ["image", { image: { reference: "i" } }, { image: { reference: "i", pullPolicy: "Always" } }],
    ["ephemeral", { ephemeral: { volumeClaimTemplate: { spec: {} } } }, { ephemeral: { volumeClaimTemplate: { spec: { volumeMode: "Filesystem" } } } }],
    ["a type that is not known here", { brandNew: { a: 1 } }, { brandNew: { a: 1 } }],
  ])("%s", (_name, source, expected) => {
    expect(volume(source)).toEqual({ name: "v", ...expected });
  });
});

test.each<[string, Loose, Loose]>([
  ["ports of the node are the container's with hostNetwork", { hostNetwork: true, containers: [{ name: "c", image: "i", ports: [{ containerPort: 80 }] }] },
    { containers: [{ ports: [{ containerPort: 80, hostPort: 80 }] }] }],
  ["both names of the service account agree", { serviceAccount: "old" }, { serviceAccount: "old", serviceAccountName: "old" }],
  ["the new name of the service account wins", { serviceAccount: "old", serviceAccountName: "new" }, { serviceAccount: "new", serviceAccountName: "new" }],
  ["pod-level requests follow the containers, then the pod's limits",
    { containers: [{ name: "c", image: "i", resources: { requests: { cpu: "100m" } } }], resources: { limits: { cpu: "1", memory: "1Gi" } } },
    { resources: { limits: { cpu: "1", memory: "1Gi" }, requests: { cpu: "100m", memory: "1Gi" } } }],
])("%s", (_name, spec, expected) => {
  expect(defaulted(spec)).toMatchObject(expected);
});

test.each<[string, Loose]>([
  ["plain", {}],
  ["hostNetwork", { hostNetwork: true, containers: [{ name: "c", image: "i", ports: [{ containerPort: 80 }] }] }],
  ["pod-level resources", { resources: { limits: { cpu: "1" } } }],
  ["volumes of all sorts", { volumes: [{ name: "a" }, { name: "b", projected: {} }, { name: "c", azureDisk: {} }, { name: "d", rbd: {} }] }],
  ["nothing at all", { containers: undefined }],
])("defaults change nothing the second time: %s", (_name, spec) => {
  const once = defaulted(spec);
  expect(defaulted(once)).toEqual(once);
});
