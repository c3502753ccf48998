/** The official JavaScript client: typed and untyped objects, patches, watches, informers, custom objects; exec, attach, logs, cp and port-forward of a real pod. */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import * as k8s from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startAgedControlPlane } from "../support/aged.ts";
import { eventually } from "../support/eventually.ts";
import { startTestControlPlane, type TestInstallation } from "../support/installation.ts";
import { hasContainers, IMAGE, installation as shared } from "../support/shared.ts";

const NS = "javascript";
const aDeployment = (name: string): k8s.V1Deployment => ({
  apiVersion: "apps/v1", kind: "Deployment", metadata: { name },
  spec: { replicas: 0, selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: "web", image: "web:1" }] } } },
});
const aConfigMap = (name: string, data: Record<string, string> = {}, labels: Record<string, string> = {}) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: NS, labels }, data });

function load(kubeconfig: string): k8s.KubeConfig {
  const config = new k8s.KubeConfig();
  config.loadFromFile(kubeconfig);
  return config;
}

describe("the JavaScript client and objects", () => {
  let installation: TestInstallation;
  let config: k8s.KubeConfig;
  let core: k8s.CoreV1Api;
  let apps: k8s.AppsV1Api;
  beforeAll(async () => {
    installation = await startTestControlPlane();
    config = load(installation.kubeconfig);
    [core, apps] = [config.makeApiClient(k8s.CoreV1Api), config.makeApiClient(k8s.AppsV1Api)];
    await core.createNamespace({ body: { metadata: { name: NS } } });
  });
  afterAll(() => installation?.stop());

  test("create, read, replace, list, delete; dates are dates, and refusals tell code and reason", async () => {
    const made = await apps.createNamespacedDeployment({ namespace: NS, body: aDeployment("typed") });
    expect(made.metadata?.creationTimestamp).toBeInstanceOf(Date);
    expect(made.spec?.strategy?.rollingUpdate?.maxSurge).toBe("25%");
    const read = await eventually(async () => {
      const current = await apps.readNamespacedDeployment({ namespace: NS, name: "typed" });
      return current.status?.observedGeneration === current.metadata?.generation && current;
    }) as k8s.V1Deployment;
    read.spec!.template.spec!.containers[0]!.image = "web:2";
    const replaced = await apps.replaceNamespacedDeployment({ namespace: NS, name: "typed", body: read });
    expect(replaced.spec?.template.spec?.containers[0]?.image).toBe("web:2");
    await expect(apps.replaceNamespacedDeployment({ namespace: NS, name: "typed", body: read })).rejects.toMatchObject({ code: 409, body: expect.stringContaining('"reason":"Conflict"') });
    expect((await apps.listDeploymentForAllNamespaces({ labelSelector: "", fieldSelector: `metadata.namespace=${NS}` })).items.map((d) => d.metadata?.name)).toEqual(["typed"]);
    expect((await apps.readNamespacedDeploymentScale({ namespace: NS, name: "typed" })).spec?.replicas ?? 0).toBe(0);
    await apps.deleteNamespacedDeployment({ namespace: NS, name: "typed", propagationPolicy: "Foreground" });
    await eventually(async () => { await expect(apps.readNamespacedDeployment({ namespace: NS, name: "typed" })).rejects.toMatchObject({ code: 404 }); });
  });

  test.each([
    [k8s.PatchStrategy.StrategicMergePatch, { spec: { template: { spec: { containers: [{ name: "side", image: "s" }] } } } }, ["side", "web"]],
    [k8s.PatchStrategy.MergePatch, { spec: { template: { spec: { containers: [{ name: "only", image: "o" }] } } } }, ["only"]],
    [k8s.PatchStrategy.JsonPatch, [{ op: "add", path: "/spec/template/spec/containers/-", value: { name: "last", image: "l" } }], ["web", "last"]],
  ])("a patch of type %s", async (strategy, body, names) => {
    const name = `patched-${names.length}${names[0]}`;
    await apps.createNamespacedDeployment({ namespace: NS, body: aDeployment(name) });
    const patched = await apps.patchNamespacedDeployment({ namespace: NS, name, body }, k8s.setHeaderOptions("Content-Type", strategy));
    expect(patched.spec?.template.spec?.containers.map((c) => c.name)).toEqual(names);
  });

  test("objects of any kind from YAML: created, patched, applied by the server with owners, listed", async () => {
    const objects = k8s.KubernetesObjectApi.makeApiClient(config);
    const documents = k8s.loadAllYaml(`apiVersion: v1\nkind: ConfigMap\nmetadata: { name: yaml, namespace: ${NS} }\ndata: { a: "1" }\n---\n${k8s.dumpYaml({ ...aDeployment("yaml"), metadata: { name: "yaml", namespace: NS } })}`) as k8s.KubernetesObject[];
    for (const document of documents) await objects.create(document);
    await objects.patch({ ...documents[0], data: { b: "2" } } as k8s.KubernetesObject, undefined, undefined, "js", undefined, k8s.PatchStrategy.MergePatch);
    const applied = await objects.patch<k8s.V1ConfigMap>(aConfigMap("yaml", { c: "3" }), undefined, undefined, "js-apply", true, k8s.PatchStrategy.ServerSideApply);
    expect(applied.data).toEqual({ a: "1", b: "2", c: "3" });
    expect(applied.metadata?.managedFields?.map(({ manager, operation }) => `${manager} ${operation}`)).toContain("js-apply Apply");
    await expect(objects.patch(aConfigMap("yaml", { c: "4" }), undefined, undefined, "another", false, k8s.PatchStrategy.ServerSideApply)).rejects.toMatchObject({ code: 409, body: expect.stringContaining('conflict with \\"js-apply\\"') });
    expect((await objects.list("v1", "ConfigMap", NS)).items.map((o) => o.metadata?.name)).toContain("yaml");
    for (const document of documents) await objects.delete(document);
  });

  test("a watch tells what follows, as long as it is asked for", async () => {
    const { metadata } = await core.listNamespacedConfigMap({ namespace: NS });
    const seen: string[] = [];
    const ended = new Promise<void>((resolve) => {
      void new k8s.Watch(config).watch(`/api/v1/namespaces/${NS}/configmaps`, { resourceVersion: metadata?.resourceVersion, timeoutSeconds: 3, allowWatchBookmarks: true }, (phase, object) => seen.push(`${phase} ${object.metadata.name ?? ""}`), () => resolve());
    });
    await core.createNamespacedConfigMap({ namespace: NS, body: aConfigMap("seen") });
    await core.patchNamespacedConfigMap({ namespace: NS, name: "seen", body: { data: { a: "1" } } }, k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch));
    await core.deleteNamespacedConfigMap({ namespace: NS, name: "seen" });
    await ended;
    expect(seen.filter((line) => !line.startsWith("BOOKMARK"))).toEqual(["ADDED seen", "MODIFIED seen", "DELETED seen"]);
  });

  test("an informer keeps a cache, misses nothing of what happens while it is away, and resumes", async () => {
    const labelSelector = "informed=yes";
    const informer = k8s.makeInformer(config, `/api/v1/namespaces/${NS}/configmaps`, () => core.listNamespacedConfigMap({ namespace: NS, labelSelector }), labelSelector);
    const events: string[] = [];
    for (const verb of ["add", "update", "delete"] as const) informer.on(verb, (object: k8s.KubernetesObject) => events.push(`${verb} ${object.metadata?.name}`));
    informer.on("error", () => {});
    const write = (name: string) => core.createNamespacedConfigMap({ namespace: NS, body: aConfigMap(name, {}, { informed: "yes" }) });
    await write("first");
    await informer.start();
    await write("second");
    await eventually(() => expect(informer.list(NS).map((o) => o.metadata?.name)).toEqual(["first", "second"]));
    await informer.stop();
    await write("third");
    await core.deleteNamespacedConfigMap({ namespace: NS, name: "first" });
    await informer.start();
    await eventually(() => expect(events).toEqual(["add first", "add second", "add third", "delete first"]));
    await informer.stop();
  });

  test("an informer goes on after its control plane was started anew", async () => {
    await using own = await startTestControlPlane();
    const [itsConfig, port] = [load(own.kubeconfig), Number(new URL(own.origin).port)];
    const api = itsConfig.makeApiClient(k8s.CoreV1Api);
    const informer = k8s.makeInformer(itsConfig, "/api/v1/namespaces/default/configmaps", () => api.listNamespacedConfigMap({ namespace: "default" }));
    informer.on("error", () => { setTimeout(() => { informer.start().catch(() => {}); }, 200); });
    await informer.start();
    await own.controlPlane.stop();
    await using again = await startTestControlPlane({ dataDir: own.dataDir, port });
    await eventually(() => api.createNamespacedConfigMap({ namespace: "default", body: { metadata: { name: "later" } } }));
    await eventually(() => expect(informer.list().map((o) => o.metadata?.name)).toContain("later"));
    await informer.stop();
    expect(again.origin).toBe(own.origin);
  });

  test("an informer that was away for a week is told so, and lists anew", async () => {
    await using aged = await startAgedControlPlane();
    const itsConfig = load(aged.installation.kubeconfig);
    const api = itsConfig.makeApiClient(k8s.CoreV1Api);
    let lists = 0;
    const informer = k8s.makeInformer(itsConfig, "/api/v1/namespaces/default/configmaps", async () => {
      const list = await api.listNamespacedConfigMap({ namespace: "default" });
      if (++lists === 1) list.metadata!.resourceVersion = aged.resourceVersion;
      return list;
    });
    await informer.start();
    await eventually(() => expect(lists).toBe(2));
    await api.createNamespacedConfigMap({ namespace: "default", body: { metadata: { name: "later" } } });
    await eventually(() => expect(informer.list().map((o) => o.metadata?.name)).toContain("later"));
    await informer.stop();
  });

  test("custom objects with status and scale", async () => {
    const extensions = config.makeApiClient(k8s.ApiextensionsV1Api);
    const custom = config.makeApiClient(k8s.CustomObjectsApi);
    const [group, plural] = ["js.example.com", "cars"];
    const at = { group, version: "v1", plural, namespace: NS };
    await extensions.createCustomResourceDefinition({ body: { metadata: { name: `${plural}.${group}` }, spec: { group, scope: "Namespaced", names: { plural, kind: "Car", singular: "car" }, versions: [{
      name: "v1", served: true, storage: true, subresources: { status: {}, scale: { specReplicasPath: ".spec.doors", statusReplicasPath: ".status.doors" } },
      schema: { openAPIV3Schema: { type: "object", properties: { spec: { type: "object", properties: { doors: { type: "integer", maximum: 5 } } }, status: { type: "object", properties: { doors: { type: "integer" } } } } } },
    }] } } });
    await eventually(() => custom.createNamespacedCustomObject({ ...at, body: { apiVersion: `${group}/v1`, kind: "Car", metadata: { name: "one" }, spec: { doors: 3 } } }));
    const merge = k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch);
    await custom.patchNamespacedCustomObjectStatus({ ...at, name: "one", body: { status: { doors: 2 } } }, merge);
    await custom.patchNamespacedCustomObjectScale({ ...at, name: "one", body: { spec: { replicas: 4 } } }, merge);
    expect(await custom.getNamespacedCustomObject({ ...at, name: "one" })).toMatchObject({ spec: { doors: 4 }, status: { doors: 2 } });
    await expect(custom.patchNamespacedCustomObject({ ...at, name: "one", body: { spec: { doors: 6 } } }, merge)).rejects.toMatchObject({ code: 422 });
    await custom.deleteCollectionNamespacedCustomObject(at);
    expect((await custom.listNamespacedCustomObject(at)).items).toEqual([]);
    await extensions.deleteCustomResourceDefinition({ name: `${plural}.${group}` });
  });

  test("discovery, versions, health, reviews", async () => {
    expect((await config.makeApiClient(k8s.VersionApi).getCode()).minor).toBe("36");
    expect((await config.makeApiClient(k8s.ApisApi).getAPIVersions()).groups.map((g) => g.name)).toContain("apps");
    expect((await apps.getAPIResources()).resources.map((r) => r.name)).toContain("deployments/scale");
    expect((await config.makeApiClient(k8s.AppsApi).getAPIGroup()).preferredVersion?.version).toBe("v1");
    expect(await new k8s.Health(config).readyz({})).toBe(true);
    expect(await config.makeApiClient(k8s.WellKnownApi).getServiceAccountIssuerOpenIDConfiguration()).toHaveProperty("jwks_uri");
    expect(await config.makeApiClient(k8s.OpenidApi).getServiceAccountIssuerOpenIDKeyset()).toHaveProperty("keys");
    const review = await config.makeApiClient(k8s.AuthorizationV1Api).createSelfSubjectRulesReview({ body: { spec: { namespace: NS } } });
    expect(review.status?.resourceRules).toContainEqual(expect.objectContaining({ verbs: ["*"], resources: ["*"] }));
  });
});

describe.skipIf(!hasContainers)("the JavaScript client and a pod's streams", () => {
  const [NAME, CONTAINER] = ["box", "main"];
  let config: k8s.KubeConfig;
  let core: k8s.CoreV1Api;
  beforeAll(async () => {
    if (!hasContainers) return;
    config = load(shared.kubeconfig);
    core = config.makeApiClient(k8s.CoreV1Api);
    await core.createNamespace({ body: { metadata: { name: NS } } });
    await core.createNamespacedPod({ namespace: NS, body: { metadata: { name: NAME }, spec: { terminationGracePeriodSeconds: 0, containers: [{
      name: CONTAINER, image: IMAGE, stdin: true, command: ["sh", "-c", "httpd -p 8080 -h /www; echo started; while read line; do echo got $line; done; sleep 10000"],
    }] } } });
    await eventually(async () => expect((await core.readNamespacedPod({ namespace: NS, name: NAME })).status?.containerStatuses?.[0]?.ready).toBe(true));
  });
  afterAll(async () => { if (hasContainers) await core.deleteNamespace({ name: NS }); });

  const gathered = (stream: PassThrough) => {
    let text = "";
    stream.setEncoding("utf8").on("data", (chunk: string) => { text += chunk; });
    return () => text;
  };

  async function exec(...command: string[]): Promise<{ status: k8s.V1Status; output: () => string; errors: () => string }> {
    const [out, err] = [new PassThrough(), new PassThrough()];
    const [output, errors] = [gathered(out), gathered(err)];
    const status = await new Promise<k8s.V1Status>((resolve, reject) => {
      new k8s.Exec(config).exec(NS, NAME, CONTAINER, command, out, err, null, false, resolve).catch(reject);
    });
    return { status, output, errors };
  }

  test("exec gives both outputs and the status", async () => {
    const { status, output, errors } = await exec("sh", "-c", "echo out; echo problem >&2; exit 4");
    expect(status).toMatchObject({ status: "Failure", reason: "NonZeroExitCode", details: { causes: [{ reason: "ExitCode", message: "4" }] } });
    await eventually(() => expect([output(), errors()]).toEqual(["out\n", "problem\n"]));
  });

  test("attach reaches the input; the log is followed", async () => {
    const [input, log] = [new PassThrough(), new PassThrough()];
    const text = gathered(log);
    await new k8s.Log(config).log(NS, NAME, CONTAINER, log, { follow: true }); // ends with the pod: aborting makes an error that the client lets nobody catch
    const socket = await new k8s.Attach(config).attach(NS, NAME, CONTAINER, new PassThrough(), new PassThrough(), input, false);
    input.write("hello\n");
    await eventually(() => expect(text()).toBe("started\ngot hello\n"));
    socket.close();
  });

  test("cp of a folder, there and back; neither waits for its end", async () => {
    const [folder, back] = [mkdtempSync(join(shared.dataDir, "js-")), mkdtempSync(join(shared.dataDir, "js-"))];
    const content = "content\n".repeat(10_000);
    writeFileSync(join(folder, "file"), content);
    const cp = new k8s.Cp(config);
    await cp.cpToPod(NS, NAME, CONTAINER, folder, "/tmp");
    await eventually(async () => expect((await exec("sh", "-c", `test $(wc -c < /tmp/file) = ${content.length}`)).status.status).toBe("Success"));
    await cp.cpFromPod(NS, NAME, CONTAINER, "file", back, "/tmp");
    await eventually(() => expect(readFileSync(join(back, "file"), "utf8")).toBe(content));
  });

  test("port-forward over the client's WebSocket", async () => {
    const [output, errors, input] = [new PassThrough(), new PassThrough(), new PassThrough()];
    const [text, problem] = [gathered(output), gathered(errors)];
    const socket = await new k8s.PortForward(config).portForward(NS, NAME, [8080], output, errors, input);
    input.write("GET / HTTP/1.0\r\n\r\n");
    await eventually(() => expect(text()).toMatch(/\r\n\r\nIsopod\n$/));
    expect(problem()).toBe("");
    (socket as { close(): void }).close();
  });
});
