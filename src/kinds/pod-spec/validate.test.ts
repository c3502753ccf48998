import { describe, expect, test } from "vitest";
import type { PodSpec } from "../types/core-v1.generated.ts";
import { defaultPodOnly, defaultPodSpec } from "./defaults.ts";
import { validatePodSpec } from "./validate.ts";

type Loose = Record<string, unknown>;
const errorsOf = (spec: Loose): string[] => {
  const draft = structuredClone({ containers: [{ name: "c", image: "i:1" }], ...spec }) as unknown as PodSpec;
  defaultPodOnly(draft);
  defaultPodSpec(draft);
  return validatePodSpec(draft, "spec", { name: "p" }).map((e) => `${e.field}: ${e.message}`);
};
const container = (fields: Loose): Loose => ({ containers: [{ name: "c", image: "i:1", ...fields }] });
const label63 = "must be no more than 63 characters";
const rule1123 = `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`;

describe("valid pods", () => {
  test.each<[string, Loose]>([
    ["plain", {}],
    ["with everything usual", {
      initContainers: [{ name: "init", image: "i" }, { name: "side", image: "i", restartPolicy: "Always", readinessProbe: { tcpSocket: { port: 1 } } }],
      containers: [{
        name: "c", image: "i", command: ["a"], env: [{ name: "A.B-c", value: "1" }, { name: "P", valueFrom: { fieldRef: { fieldPath: "metadata.annotations['a/b']" } } }],
        envFrom: [{ configMapRef: { name: "m" }, prefix: "P_" }], ports: [{ name: "http", containerPort: 80 }, { containerPort: 53, protocol: "UDP" }],
        volumeMounts: [{ name: "v", mountPath: "/v" }, { name: "w", mountPath: "/w", subPath: "x", readOnly: true }],
        livenessProbe: { httpGet: { port: "http" } }, lifecycle: { preStop: { sleep: { seconds: 5 } } },
        resources: { requests: { cpu: "100m", "example.com/gpu": "1" }, limits: { memory: "1Gi", "example.com/gpu": "1" } },
        securityContext: { runAsUser: 1000, capabilities: { drop: ["ALL"] }, seccompProfile: { type: "RuntimeDefault" } },
      }],
      volumes: [{ name: "v" }, { name: "w", configMap: { name: "m", items: [{ key: "k", path: "x" }] } }],
      tolerations: [{ operator: "Exists" }, { key: "a", value: "b", effect: "NoExecute", tolerationSeconds: 5 }],
      affinity: {
        nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: "a", operator: "In", values: ["b"] }] }] } },
        podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: { topologyKey: "kubernetes.io/hostname", labelSelector: {} } }] },
      },
      topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule", labelSelector: {}, matchLabelKeys: ["x"] }],
      hostAliases: [{ ip: "1.2.3.4", hostnames: ["a.b"] }], dnsConfig: { nameservers: ["1.1.1.1"], searches: ["_x.y."] }, os: { name: "linux" },
      readinessGates: [{ conditionType: "a.b/c" }], schedulingGates: [{ name: "a.b/c" }],
    }],
  ])("%s", (_name, spec) => {
    expect(errorsOf(spec)).toEqual([]);
  });
});

describe("containers", () => {
  test.each<[string, Loose, string[]]>([
    ["none", { containers: [] }, ["spec.containers: Required value"]],
    ["no name and no image", { containers: [{}] }, ["spec.containers[0].name: Required value", "spec.containers[0].image: Required value"]],
    ["a name that is no label", { containers: [{ name: "A", image: "i" }] }, [`spec.containers[0].name: Invalid value: "A": ${rule1123}`]],
    ["a long name", { containers: [{ name: "a".repeat(64), image: "i" }] }, [`spec.containers[0].name: Invalid value: "${"a".repeat(64)}": ${label63}`]],
    ["the same name twice", { containers: [{ name: "c", image: "i" }, { name: "c", image: "i" }] }, ['spec.containers[1].name: Duplicate value: "c"']],
    ["an init container's name taken", { initContainers: [{ name: "c", image: "i" }] }, ['spec.initContainers[0].name: Duplicate value: "c"']],
    ["an unknown pull policy", container({ imagePullPolicy: "Now" }), ['spec.containers[0].imagePullPolicy: Unsupported value: "Now": supported values: "Always", "IfNotPresent", "Never"']],
    ["ports", container({ ports: [{ containerPort: 0 }, { containerPort: 70000 }, { name: "a--b", containerPort: 1 }, { containerPort: 2, protocol: "X" }] }), [
      "spec.containers[0].ports[0].containerPort: Required value",
      "spec.containers[0].ports[1].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
      'spec.containers[0].ports[2].name: Invalid value: "a--b": must not contain consecutive hyphens',
      'spec.containers[0].ports[3].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"',
    ]],
    ["one host port twice", container({ ports: [{ containerPort: 1, hostPort: 80 }, { containerPort: 2, hostPort: 80 }] }),
      ['spec.containers[0].ports[1].hostPort: Duplicate value: "TCP//80"']],
    ["another host port with hostNetwork", { hostNetwork: true, ...container({ ports: [{ containerPort: 1, hostPort: 2 }] }) },
      ["spec.containers[0].ports[0].hostPort: Invalid value: 2: must match `containerPort` when `hostNetwork` is true"]],
    ["an ephemeral container with ports", { ephemeralContainers: [{ name: "d", image: "i", ports: [{ containerPort: 1 }], targetContainerName: "x" }] }, [
      'spec.ephemeralContainers[0].targetContainerName: Not found: "x"',
      "spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container",
    ]],
    ["probes of a short init container", { initContainers: [{ name: "i", image: "i", livenessProbe: { exec: { command: ["a"] } } }] },
      ["spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always"]],
    ["a container's own restart policy", { initContainers: [{ name: "i", image: "i", restartPolicy: "Sometimes" }] },
      ['spec.initContainers[0].restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "Never", "OnFailure"']],
  ])("%s", (_name, spec, expected) => {
    expect(errorsOf(spec)).toEqual(expected);
  });
});

describe("environment, mounts and volumes", () => {
  test.each<[string, Loose, string[]]>([
    ["names of variables", container({ env: [{ name: "" }, { name: "a=b" }] }), [
      "spec.containers[0].env[0].name: Required value",
      `spec.containers[0].env[1].name: Invalid value: "a=b": a valid environment variable name must consist only of printable ASCII characters other than '='`,
    ]],
    ["a value and a source", container({ env: [{ name: "A", value: "x", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }] }),
      ['spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty']],
    ["an unreadable field", container({ env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "spec.hostname" } } }] }),
      ['spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.hostname": error converting fieldPath: field label not supported: spec.hostname']],
    ["a divisor", container({ env: [{ name: "A", valueFrom: { resourceFieldRef: { resource: "limits.cpu", divisor: "2" } } }] }),
      [`spec.containers[0].env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor's values 1m and 1 are supported with the cpu resource`]],
    ["no source of variables", container({ envFrom: [{}] }), ['spec.containers[0].envFrom: Invalid value: "": must specify one of: `configMapRef` or `secretRef`']],
    ["a mount of nothing", container({ volumeMounts: [{ name: "x", mountPath: "/a" }, { name: "x", mountPath: "/a" }] }), [
      'spec.containers[0].volumeMounts[0].name: Not found: "x"', 'spec.containers[0].volumeMounts[1].name: Not found: "x"',
      'spec.containers[0].volumeMounts[1].mountPath: Invalid value: "/a": must be unique',
    ]],
    ["an escaping subPath", { volumes: [{ name: "v" }], ...container({ volumeMounts: [{ name: "v", mountPath: "/a", subPath: "../x" }] }) },
      [`spec.containers[0].volumeMounts.subPath: Invalid value: "../x": must not contain '..'`]],
    ["bidirectional mounts without privilege", { volumes: [{ name: "v" }], ...container({ volumeMounts: [{ name: "v", mountPath: "/a", mountPropagation: "Bidirectional" }] }) },
      ["spec.containers[0].volumeMounts.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers"]],
    ["two sources", { volumes: [{ name: "v", emptyDir: {}, secret: { secretName: "s" } }] }, ["spec.volumes[0].secret: Forbidden: may not specify more than 1 volume type"]],
    ["one name twice", { volumes: [{ name: "v" }, { name: "v" }] }, ['spec.volumes[1].name: Duplicate value: "v"']],
    ["a hostPath going back", { volumes: [{ name: "v", hostPath: { path: "/a/../b" } }] }, [`spec.volumes[0].hostPath.path: Invalid value: "/a/../b": must not contain '..'`]],
    ["a mode that is none", { volumes: [{ name: "v", configMap: { name: "m", defaultMode: 5000 } }] },
      ["spec.volumes[0].configMap.defaultMode: Invalid value: 5000: must be a number between 0 and 0777 (octal), both inclusive"]],
    ["one path twice in a projection", { volumes: [{ name: "v", projected: { sources: [{ configMap: { name: "m", items: [{ key: "a", path: "x" }] } }, { secret: { name: "s", items: [{ key: "a", path: "x" }] } }] } }] },
      ['spec.volumes[0].projected: Invalid value: "s": conflicting duplicate paths']],
    ["a short-lived token", { volumes: [{ name: "v", projected: { sources: [{ serviceAccountToken: { path: "t", expirationSeconds: 5 } }] } }] },
      ["spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes"]],
    ["a claim without a size", { volumes: [{ name: "v", ephemeral: { volumeClaimTemplate: { spec: { accessModes: ["ReadWriteOnce"] } } } }] },
      ["spec.volumes[0].ephemeral.volumeClaimTemplate.spec.resources[storage]: Required value"]],
  ])("%s", (_name, spec, expected) => {
    expect(errorsOf(spec)).toEqual(expected);
  });
});

describe("probes, resources and security", () => {
  test.each<[string, Loose, string[]]>([
    ["a probe without a handler", container({ livenessProbe: {} }), ["spec.containers[0].livenessProbe: Required value: must specify a handler type"]],
    ["two handlers", container({ livenessProbe: { exec: { command: ["a"] }, tcpSocket: { port: 1 } } }),
      ["spec.containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type"]],
    ["two successes for liveness", container({ livenessProbe: { exec: { command: ["a"] }, successThreshold: 2 } }),
      ["spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1"]],
    ["a negative delay", container({ readinessProbe: { exec: { command: ["a"] }, initialDelaySeconds: -1 } }),
      ["spec.containers[0].readinessProbe.initialDelaySeconds: Invalid value: -1: must be greater than or equal to 0"]],
    ["a sleep beyond the grace period", container({ lifecycle: { preStop: { sleep: { seconds: 31 } } } }),
      ["spec.containers[0].lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)"]],
    ["requests above limits", container({ resources: { limits: { cpu: "1" }, requests: { cpu: "2" } } }),
      ['spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1']],
    ["a made-up resource", container({ resources: { limits: { foo: "1" } } }), [
      'spec.containers[0].resources.limits[foo]: Invalid value: "foo": must be a standard resource type or fully qualified',
      'spec.containers[0].resources.limits[foo]: Invalid value: "foo": must be a standard resource for containers',
      'spec.containers[0].resources.requests[foo]: Invalid value: "foo": must be a standard resource type or fully qualified',
      'spec.containers[0].resources.requests[foo]: Invalid value: "foo": must be a standard resource for containers',
    ]],
    ["a negative request", container({ resources: { requests: { memory: "-1" } } }),
      ['spec.containers[0].resources.requests[memory]: Invalid value: "-1": must be greater than or equal to 0']],
    ["half a device", container({ resources: { limits: { "a.b/c": "500m" }, requests: { "a.b/c": "500m" } } }), [
      'spec.containers[0].resources.limits[a.b/c]: Invalid value: "500m": must be an integer',
      'spec.containers[0].resources.requests[a.b/c]: Invalid value: "500m": must be an integer',
    ]],
    ["a claim that is not there", container({ resources: { claims: [{ name: "x" }] } }),
      ['spec.containers[0].resources.claims[0]: Not found: "x": must be one of the names in pod.spec.resourceClaims which is empty']],
    ["a negative user", container({ securityContext: { runAsUser: -1 } }), ["spec.containers[0].securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive"]],
    ["a local profile without a file", { securityContext: { seccompProfile: { type: "Localhost" } } },
      ["spec.securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost"]],
    ["sysctls of the host's network", { hostNetwork: true, securityContext: { sysctls: [{ name: "net.ipv4.tcp_syncookies", value: "1" }] } },
      [`spec.securityContext.sysctls[0].name: Invalid value: "net.ipv4.tcp_syncookies": may not be specified when 'hostNetwork' is true`]],
    ["Linux settings on Windows", { os: { name: "windows" }, securityContext: { runAsUser: 1 } }, ["spec.securityContext.runAsUser: Forbidden: cannot be set for a windows pod"]],
    ["host namespaces without host users", { hostUsers: false, hostNetwork: true }, ["spec.hostNetwork: Forbidden: when `hostUsers` is false"]],
  ])("%s", (_name, spec, expected) => {
    expect(errorsOf(spec)).toEqual(expected);
  });
});

describe("placement and names", () => {
  test.each<[string, Loose, string[]]>([
    ["an unknown restart policy", { restartPolicy: "Maybe" }, ['spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "Never", "OnFailure"']],
    ["a toleration of every key by equality", { tolerations: [{ operator: "Equal", value: "x" }] },
      ['spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"']],
    ["seconds for another effect", { tolerations: [{ key: "a", operator: "Exists", effect: "NoSchedule", tolerationSeconds: 1 }] },
      [`spec.tolerations[0].effect: Invalid value: "NoSchedule": effect must be 'NoExecute' when \`tolerationSeconds\` is set`]],
    ["a node selector term without values", { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: "a", operator: "In" }] }] } } } },
      ["spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'"]],
    ["a weight out of range", { affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 0, preference: {} }] } } },
      ["spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 0: must be in the range 1-100"]],
    ["topology spread", { topologySpreadConstraints: [{ topologyKey: "z", whenUnsatisfiable: "Panic" }] }, [
      "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero",
      'spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "Panic": supported values: "DoNotSchedule", "ScheduleAnyway"',
    ]],
    ["gates twice", { schedulingGates: [{ name: "a" }, { name: "a" }] }, ['spec.schedulingGates[1]: Duplicate value: "a"']],
    ["no name server at all", { dnsPolicy: "None" }, ["spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"]],
    ["a bad host alias", { hostAliases: [{ ip: "x" }] }, ['spec.hostAliases[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']],
    ["a deadline of nothing", { activeDeadlineSeconds: 0 }, ["spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive"]],
    ["a bad operating system", { os: { name: "plan9" } }, ['spec.os: Unsupported value: "plan9": supported values: "linux", "windows"']],
  ])("%s", (_name, spec, expected) => {
    expect(errorsOf(spec)).toEqual(expected);
  });
});

test.each<[string, Loose]>([
  ["nothing", {}], ["empty lists", { containers: [{}], volumes: [{}], tolerations: [{}], hostAliases: [{}] }],
  ["empty structures", { affinity: { nodeAffinity: {}, podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{}], preferredDuringSchedulingIgnoredDuringExecution: [{}] } }, dnsConfig: {}, securityContext: { sysctls: [{}], seccompProfile: {}, appArmorProfile: {} }, os: {}, overhead: {}, resources: {} }],
  ["empty parts of containers", { containers: [{ env: [{}, { valueFrom: {} }, { valueFrom: { fieldRef: {}, resourceFieldRef: {}, secretKeyRef: {}, configMapKeyRef: {}, fileKeyRef: {} } }], envFrom: [{}, { secretRef: {} }], ports: [{}], volumeMounts: [{}], volumeDevices: [{}], livenessProbe: { httpGet: {} }, readinessProbe: { tcpSocket: {} }, startupProbe: { grpc: {} }, lifecycle: { postStart: {}, preStop: { exec: {} } }, resources: { claims: [{}] }, resizePolicy: [{}], restartPolicyRules: [{}], securityContext: { windowsOptions: {}, seccompProfile: {} } }] }],
  ["empty sources", { volumes: ["hostPath", "secret", "configMap", "projected", "downwardAPI", "csi", "ephemeral", "image", "nfs", "iscsi", "fc", "quobyte", "azureDisk", "flexVolume", "storageos", "flocker", "gitRepo", "persistentVolumeClaim"].map((type) => ({ [type]: {} })) }],
  ["empty projections", { volumes: [{ projected: { sources: [{}, { secret: { items: [{}] } }, { downwardAPI: { items: [{}] } }, { serviceAccountToken: {} }, { clusterTrustBundle: {} }, { podCertificate: {} }] } }] }],
  ["empty claims and gates", { resourceClaims: [{}], schedulingGates: [{}], readinessGates: [{}], topologySpreadConstraints: [{}], imagePullSecrets: [{}], ephemeralContainers: [{}], initContainers: [{}] }],
])("nothing that the schema allows makes it throw: %s", (_name, spec) => {
  expect(() => errorsOf({ ...spec })).not.toThrow();
});
