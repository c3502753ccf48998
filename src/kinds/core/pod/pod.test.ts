import { describe, expect, test } from "vitest";
import { aBinding, aNode } from "../../../../test/harness/builders.ts";
import { TestApi } from "../../../../test/harness/test-api.ts";
import type { KubeObject } from "../../object.ts";
import type { Pod } from "../../types/core-v1.generated.ts";
import { qosClass } from "./qos.ts";

type Loose = Record<string, any>;
const aPod = (spec: Loose = {}, metadata: Loose = {}): Pod => ({
  apiVersion: "v1", kind: "Pod", metadata: { name: "p", namespace: "default", ...metadata },
  spec: { containers: [{ name: "c", image: "i:1" }], ...spec },
});

async function apiWith(pod?: Pod): Promise<{ api: TestApi; pod: Pod }> {
  const api = new TestApi();
  await api.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: "default" } });
  await api.create(aNode({ name: "n1" }));
  return { api, pod: (pod ? await api.create(pod) : undefined) as Pod };
}

const bind = (api: TestApi, pod: Pod, node = "n1") => api.send("POST", api.path(pod, pod.metadata.name, "binding"), { body: aBinding(pod, node) });

test.each<[string, Loose, string]>([
  ["nothing asked", { containers: [{}] }, "BestEffort"],
  ["requests alone", { containers: [{ resources: { requests: { cpu: "1" } } }] }, "Burstable"],
  ["limits equal to requests", { containers: [{ resources: { limits: { cpu: "1", memory: "1Gi" }, requests: { cpu: "1000m", memory: "1024Mi" } } }] }, "Guaranteed"],
  ["one container without", { containers: [{ resources: { limits: { cpu: "1", memory: "1Gi" }, requests: { cpu: "1", memory: "1Gi" } } }, {}] }, "Burstable"],
  ["other resources alone", { containers: [{ resources: { limits: { "a.b/c": "1" } } }] }, "BestEffort"],
  ["the pod as a whole", { containers: [{}], resources: { limits: { cpu: "1", memory: "1Gi" }, requests: { cpu: "1", memory: "1Gi" } } }, "Guaranteed"],
])("quality of service: %s", (_name, spec, expected) => {
  expect(qosClass(spec as never)).toBe(expected);
});

describe("creation", () => {
  test("starts Pending with a QoS class, whatever the client says", async () => {
    const { api, pod } = await apiWith({ ...aPod(), status: { phase: "Running", podIP: "1.2.3.4" } });
    await using _ = api;
    expect(pod.status).toEqual({ phase: "Pending", qosClass: "BestEffort" });
    expect(pod.metadata.generation).toBe(1);
  });

  test("waits at its gates", async () => {
    const { api, pod } = await apiWith(aPod({ schedulingGates: [{ name: "a.b/c" }] }));
    await using _ = api;
    expect(pod.status?.conditions).toMatchObject([{ type: "PodScheduled", status: "False", reason: "SchedulingGated" }]);
    expect(await bind(api, pod)).toBeStatus(409, "Conflict");
  });

  test("takes its own labels into selectors", async () => {
    const { api, pod } = await apiWith(aPod({ topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "z", whenUnsatisfiable: "DoNotSchedule", labelSelector: {}, matchLabelKeys: ["app"] }] }, { labels: { app: "x" } }));
    await using _ = api;
    expect(pod.spec?.topologySpreadConstraints?.[0]?.labelSelector?.matchExpressions).toEqual([{ key: "app", operator: "In", values: ["x"] }]);
  });

  test("warns of names that are no host names", async () => {
    const { api } = await apiWith();
    await using _ = api;
    expect((await api.post(aPod({}, { name: "a.b" }))).warnings).toEqual([expect.stringContaining("this is used in the Pod's hostname")]);
  });

  test.each<[string, Loose, Loose, string]>([
    ["a seccomp annotation beside another profile", { "container.seccomp.security.alpha.kubernetes.io/c": "unconfined" },
      { containers: [{ name: "c", image: "i", securityContext: { seccompProfile: { type: "RuntimeDefault" } } }] },
      "spec.containers[0].securityContext.seccompProfile.type: Forbidden: seccomp type in annotation and field must match"],
    ["an AppArmor annotation of no container", { "container.apparmor.security.beta.kubernetes.io/x": "unconfined" }, {}, "container not found"],
    ["a deletion cost that is no number", { "controller.kubernetes.io/pod-deletion-cost": "1.5" }, {}, "must be a 32bit integer"],
    ["tolerations that are none", { "scheduler.alpha.kubernetes.io/tolerations": "{" }, {}, "metadata.annotations: Invalid value"],
  ])("refuses %s", async (_name, annotations, spec, text) => {
    const { api } = await apiWith();
    await using _ = api;
    const answer = await api.post(aPod(spec, { annotations }));
    expect(answer).toBeStatus(422, "Invalid");
    expect(answer.body.message).toContain(text);
  });

  test("refuses ephemeral containers", async () => {
    const { api } = await apiWith();
    await using _ = api;
    expect(await api.post(aPod({ ephemeralContainers: [{ name: "d", image: "i" }] }))).toBeStatus(422, "Invalid");
  });
});

describe("updates", () => {
  test.each<[string, Loose]>([
    ["image", { containers: [{ name: "c", image: "i:2" }] }],
    ["a new toleration", { tolerations: [{ key: "a", operator: "Exists" }] }],
    ["a deadline", { activeDeadlineSeconds: 5 }],
  ])("may change the %s", async (_name, patch) => {
    const { api, pod } = await apiWith(aPod());
    await using _ = api;
    const answer = await api.strategicPatch(pod, { spec: patch });
    expect(answer.status).toBe(200);
    expect(answer.body.metadata.generation).toBe(2);
  });

  test.each<[string, Loose, string]>([
    ["the command", { containers: [{ name: "c", command: ["x"] }] }, "pod updates may not change fields other than `spec.containers[*].image`"],
    ["the node", { nodeName: "n1" }, "pod updates may not change fields other than"],
    ["the number of containers", { containers: [{ name: "d", image: "i" }] }, "pod updates may not add or remove containers"],
  ])("may not change %s", async (_name, patch, text) => {
    const { api, pod } = await apiWith(aPod());
    await using _ = api;
    const answer = await api.strategicPatch(pod, { spec: patch });
    expect(answer).toBeStatus(422, "Invalid");
    expect(answer.body.message).toContain(text);
  });

  test("gates may go but not come, and node selectors may grow meanwhile", async () => {
    const { api, pod } = await apiWith(aPod({ schedulingGates: [{ name: "a" }, { name: "b" }], nodeSelector: { x: "1" } }));
    await using _ = api;
    expect((await api.mergePatch(pod, { spec: { schedulingGates: [{ name: "b" }], nodeSelector: { y: "2" } } })).status).toBe(200);
    expect(await api.mergePatch(pod, { spec: { schedulingGates: [{ name: "b" }, { name: "z" }] } })).toBeStatus(422);
    expect(await api.mergePatch(pod, { spec: { nodeSelector: { x: "3" } } })).toBeStatus(422);
  });

  test("status comes by its own door", async () => {
    const { api, pod } = await apiWith(aPod());
    await using _ = api;
    expect((await api.mergePatch(pod, { status: { phase: "Running" } })).body.status.phase).toBe("Pending");
    const answer = await api.mergePatch(pod, { status: { phase: "Running", podIP: "10.1.1.1" }, spec: { nodeName: "x" } }, { subresource: "status" });
    expect(answer.body.status).toMatchObject({ phase: "Running", podIPs: [{ ip: "10.1.1.1" }], qosClass: "BestEffort" });
    expect(answer.body.spec.nodeName).toBeUndefined();
    expect(answer.body.metadata.generation).toBe(1);
  });

  test("a container that ended for good stays ended", async () => {
    const { api, pod } = await apiWith(aPod({ restartPolicy: "Never" }));
    await using _ = api;
    const status = (state: Loose) => ({ status: { containerStatuses: [{ name: "c", image: "i", imageID: "", ready: false, restartCount: 0, state }] } });
    await api.mergePatch(pod, status({ terminated: { exitCode: 0 } }), { subresource: "status" });
    const answer = await api.mergePatch(pod, status({ terminated: null, running: {} }), { subresource: "status" });
    expect(answer.body.message).toContain("status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state");
  });

  test("ephemeral containers are added and stay", async () => {
    const { api, pod } = await apiWith(aPod());
    await using _ = api;
    const add = { spec: { ephemeralContainers: [{ name: "d", image: "i" }] } };
    expect((await api.strategicPatch(pod, add, { subresource: "ephemeralcontainers" })).body.spec.ephemeralContainers).toMatchObject([{ name: "d", imagePullPolicy: "Always" }]);
    const answer = await api.mergePatch(pod, { spec: { ephemeralContainers: [] } }, { subresource: "ephemeralcontainers" });
    expect(answer.body.message).toContain('existing ephemeral containers "d" may not be removed');
  });

  test("the status tells of claims that the pod has, each once", async () => {
    const { api, pod } = await apiWith(aPod({ resourceClaims: [{ name: "gpu", resourceClaimTemplateName: "t" }], containers: [{ name: "c", image: "i:1" }] }));
    await using _ = api;
    const told = async (...resourceClaimStatuses: object[]) => (await api.mergePatch(pod, { status: { resourceClaimStatuses } }, { subresource: "status" })).body.message as string | undefined;
    expect(await told({ name: "gpu", resourceClaimName: "p-gpu-x" })).toBeUndefined();
    const refused = await told({ name: "gpu", resourceClaimName: "A_b" }, { name: "gpu" }, { name: "nic" });
    for (const text of ['status.resourceClaimStatuses[0].resourceClaimName: Invalid value: "A_b"', 'status.resourceClaimStatuses[1].name: Duplicate value: "gpu"',
      'status.resourceClaimStatuses[2].name: Invalid value: "nic": must match the name of an entry in `spec.resourceClaims`']) expect(refused).toContain(text);
  });

  test("resize changes CPU and memory alone", async () => {
    const resources = (cpu: string, extra: Loose = {}) => ({ containers: [{ name: "c", resources: { requests: { cpu, ...extra } } }] });
    const { api, pod } = await apiWith(aPod({ containers: [{ name: "c", image: "i:1", resources: { requests: { cpu: "1" } } }] }));
    await using _ = api;
    expect((await api.strategicPatch(pod, { spec: resources("2") }, { subresource: "resize" })).body.spec.containers[0].resources.requests.cpu).toBe("2");
    expect((await api.strategicPatch(pod, { spec: resources("2", { "ephemeral-storage": "1Gi" }) }, { subresource: "resize" })).body.message).toContain("only cpu and memory resources are mutable");
    expect((await api.mergePatch(pod, { spec: { containers: [{ name: "c", image: "i:1", resources: {} }] } }, { subresource: "resize" })).body.message).toContain("QOS Class may not change");
  });

  test.each<[string, object]>([["ephemeralcontainers", { ephemeralContainers: [{ name: "d", image: "i" }] }], ["resize", { containers: [{ name: "c", resources: { requests: { cpu: "2" } } }] }]])("metadata does not come by %s", async (subresource, spec) => {
    const { api, pod } = await apiWith(aPod({ containers: [{ name: "c", image: "i:1", resources: { requests: { cpu: "1" } } }] }));
    await using _ = api;
    const { body } = await api.strategicPatch(pod, { metadata: { labels: { a: "b" }, annotations: { c: "d" }, finalizers: ["e.f/g"] }, spec }, { subresource });
    expect([body.metadata.labels, body.metadata.annotations, body.metadata.finalizers]).toEqual([pod.metadata.labels, pod.metadata.annotations, undefined]);
    expect(body.metadata.generation).toBe(2);
  });

  test("resize neither renames containers nor takes away what the pod as a whole has", async () => {
    const of = (name: string) => ({ name, image: "i:1", resources: { requests: { cpu: "1" } } });
    const { api, pod } = await apiWith(aPod({ containers: [of("a"), of("b")], resources: { requests: { cpu: "4" } } }));
    await using _ = api;
    const resized = async (change: object) => (await api.put({ ...pod, spec: { ...pod.spec, ...change } } as never, { subresource: "resize" })).body.message as string;
    expect(await resized({ containers: [of("b"), of("a")] })).toContain("spec.containers[0].name: Forbidden: containers may not be renamed or reordered on resize, spec.containers[1].name: Forbidden: containers may not be renamed or reordered on resize");
    expect(await resized({ resources: {} })).toContain("spec.resources.requests: Forbidden: resource requests cannot be removed");
  });

  test("resize reaches init containers, too", async () => {
    const of = (name: string, cpu: string) => ({ name, image: "i:1", resources: { requests: { cpu } } });
    const { api, pod } = await apiWith(aPod({ initContainers: [of("i", "1")], containers: [of("c", "1")] }));
    await using _ = api;
    expect((await api.strategicPatch(pod, { spec: { initContainers: [of("i", "2")] } }, { subresource: "resize" })).body.spec.initContainers[0].resources.requests.cpu).toBe("2");
    expect((await api.strategicPatch(pod, { spec: { initContainers: [{ name: "i", resources: { requests: { "ephemeral-storage": "1Gi" } } }] } }, { subresource: "resize" })).body.message)
      .toContain("spec.initContainers[0]: Forbidden: only cpu and memory resources for init or sidecar containers are mutable");
  });

  test("the generation counts changes of the specification, by whatever door, and deletion, but not labels, placement and status", async () => {
    const { api, pod } = await apiWith(aPod({ containers: [{ name: "c", image: "i:1", resources: { requests: { cpu: "1" } } }] }));
    await using _ = api;
    const generation = async () => (await api.get(pod)).metadata.generation;
    await api.mergePatch(pod, { metadata: { labels: { a: "b" } } });
    await bind(api, pod);
    await api.mergePatch(pod, { status: { phase: "Running" } }, { subresource: "status" });
    expect(await generation()).toBe(1);
    await api.mergePatch(pod, { spec: { activeDeadlineSeconds: 100 } });
    expect(await generation()).toBe(2);
    await api.strategicPatch(pod, { spec: { ephemeralContainers: [{ name: "d", image: "i" }] } }, { subresource: "ephemeralcontainers" });
    await api.strategicPatch(pod, { spec: { containers: [{ name: "c", resources: { requests: { cpu: "2" } } }] } }, { subresource: "resize" });
    expect(await generation()).toBe(4);
    await api.put({ ...(await api.get(pod)), metadata: { ...(await api.get(pod)).metadata, generation: 100 } } as KubeObject);
    expect(await generation()).toBe(4);
    await api.delete(pod);
    expect(await generation()).toBe(5);
  });
});

describe("binding, eviction and deletion", () => {
  test("a binding places a pod once", async () => {
    const { api, pod } = await apiWith(aPod());
    await using _ = api;
    expect((await bind(api, pod)).status).toBe(201);
    const bound = (await api.get(pod)) as Pod;
    expect(bound.spec?.nodeName).toBe("n1");
    expect(bound.status?.conditions).toMatchObject([{ type: "PodScheduled", status: "True" }]);
    const again = await bind(api, pod, "n2");
    expect(again).toBeStatus(409, "Conflict");
    expect(again.body.message).toContain('pod p is already assigned to node "n1"');
    expect((await api.list(pod, { query: { fieldSelector: "spec.nodeName=n1" } })).body.items).toHaveLength(1);
  });

  test("a binding names its node", async () => {
    const { api, pod } = await apiWith(aPod());
    await using _ = api;
    expect((await bind(api, pod, "")).body.message).toContain("target.name: Required value");
  });

  test("the door behind a binding is not served", async () => {
    const { api, pod } = await apiWith(aPod());
    await using _ = api;
    expect((await api.mergePatch(pod, { spec: { nodeName: "n1" } }, { subresource: "assignment" })).status).toBeGreaterThanOrEqual(404);
    expect(((await api.get(pod)) as Pod).spec?.nodeName).toBeUndefined();
  });

  test("a pod that was never placed goes at once; one that was, when its agent says so", async () => {
    const { api, pod } = await apiWith(aPod());
    await using _ = api;
    await api.delete(pod);
    expect(await api.fetch(pod)).toBeStatus(404);
    const placed = (await api.create(aPod())) as Pod;
    await bind(api, placed);
    const deleted = await api.delete(placed);
    expect(deleted.body.metadata.deletionGracePeriodSeconds).toBe(30);
    await api.delete(placed, { body: { gracePeriodSeconds: 0 } });
    expect(await api.fetch(placed)).toBeStatus(404);
  });

  test("an eviction deletes and says why", async () => {
    const { api, pod } = await apiWith(aPod());
    await using _ = api;
    await bind(api, pod);
    const body = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "p", namespace: "default" }, deleteOptions: { gracePeriodSeconds: 5 } };
    expect((await api.send("POST", api.path(pod, "p", "eviction"), { body })).status).toBe(201);
    const evicted = (await api.get(pod)) as Pod;
    expect(evicted.metadata.deletionGracePeriodSeconds).toBe(5);
    expect(evicted.status?.conditions).toContainEqual(expect.objectContaining({ type: "DisruptionTarget", reason: "EvictionByEvictionAPI" }));
  });
});
