import { expect, test } from "vitest";
import type { PodSpec } from "../types/core-v1.generated.ts";
import { podWarnings } from "./warnings.ts";

const container = { name: "c", image: "i" };
const of = (spec: Partial<PodSpec>, annotations?: Record<string, string>, path?: string) => podWarnings({ annotations }, { containers: [container], ...spec } as PodSpec, path);

test("old labels of nodes are told wherever a pod selects by them", () => {
  const old = [{ key: "beta.kubernetes.io/os", operator: "In", values: ["a b"] }];
  const affinity = { nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: old }] },
    preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: { matchExpressions: old } }],
  } };
  expect(of({ nodeSelector: { "app.kubernetes.io/created-by": "x" }, affinity } as never)).toEqual([
    "spec.nodeSelector[app.kubernetes.io/created-by]: deprecated since v1.9",
    'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].key: beta.kubernetes.io/os is deprecated since v1.14; use "kubernetes.io/os" instead',
    'spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0].key: beta.kubernetes.io/os is deprecated since v1.14; use "kubernetes.io/os" instead',
    expect.stringContaining("spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0].values[0]: a b is invalid, a valid label must be"),
  ]);
});

test("annotations that fields have replaced are told unless the field is there too", () => {
  const pod = { "seccomp.security.alpha.kubernetes.io/pod": "runtime/default", "container.seccomp.security.alpha.kubernetes.io/c": "x", "container.apparmor.security.beta.kubernetes.io/c": "unconfined" };
  expect(of({}, pod)).toEqual([
    'metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: non-functional in v1.27+; use the "seccompProfile" field instead',
    'metadata.annotations[container.seccomp.security.alpha.kubernetes.io/c]: non-functional in v1.27+; use the "seccompProfile" field instead',
  ]);
  expect(of({}, { "container.apparmor.security.beta.kubernetes.io/c": "unconfined" }, "spec.template.")).toEqual([
    'spec.template.metadata.annotations[container.apparmor.security.beta.kubernetes.io/c]: deprecated since v1.30; use the "appArmorProfile" field instead',
  ]);
  const seccompProfile = { type: "RuntimeDefault" };
  expect(of({ securityContext: { seccompProfile }, containers: [{ ...container, securityContext: { seccompProfile } }] } as never, pod)).toEqual([]);
});

test("files that a token hides, parts of bytes, and addresses without ports are told", () => {
  const sources = [{ serviceAccountToken: { path: "token" } }, { configMap: { name: "m", items: [{ key: "k", path: "token" }] } }, { secret: { items: [{ key: "k", path: "other" }] } }, { downwardAPI: { items: [{ path: "token" }] } }];
  expect(of({
    volumes: [{ name: "v", projected: { sources } }, { name: "e", ephemeral: { volumeClaimTemplate: { spec: { resources: { requests: { storage: "100m" } } } } } }],
    overhead: { memory: "1500m" }, containers: [{ ...container, ports: [{ containerPort: 80, protocol: "TCP", hostIP: "127.0.0.1" }] }],
  } as never)).toEqual([
    'spec.volumes[1].ephemeral.volumeClaimTemplate.spec.resources.requests[storage]: fractional byte value "100m" is invalid, must be an integer',
    'spec.volumes[0].projected.sources.configMap[0]: has duplicated path with ServiceAccountToken "token"',
    'spec.volumes[0].projected.sources.downwardAPI[0]: has duplicated path with ServiceAccountToken "token"',
    'spec.overhead[memory]: fractional byte value "1500m" is invalid, must be an integer',
    "spec.containers[0].ports[0]: hostIP set without hostPort: {Name: HostPort:0 ContainerPort:80 Protocol:TCP HostIP:127.0.0.1}",
  ]);
});
