/** Many clusters in one installation: made in milliseconds, each closed to the credentials of every other, really gone when deleted. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clusterRoutes } from "../../src/api/routes.ts";
import { RawClient, type RawRequest } from "./support/http.ts";
import { clientsWith, startTestControlPlane, type InstallationClients, type TestInstallation } from "./support/installation.ts";
import { recordFigure } from "./support/figures.ts";

interface Cluster { id: string; base: string; token: string; clients: InstallationClients }

let installation: TestInstallation;
let raw: RawClient;
let one: Cluster;
let two: Cluster;

beforeAll(async () => {
  installation = await startTestControlPlane();
  raw = new RawClient(installation);
  [one, two] = [await aCluster("one"), await aCluster("two")];
});
afterAll(async () => {
  raw[Symbol.dispose]();
  await installation.stop();
});

async function aCluster(name: string): Promise<Cluster> {
  const made = await installation.controlPlane.platform("POST", "/clusters", { name }) as { id: string; kubeconfig: string };
  const kubeconfig = join(installation.dataDir, `${name}.kubeconfig`);
  const ca = Buffer.from(installation.caPem).toString("base64");
  writeFileSync(kubeconfig, made.kubeconfig.replace(/certificate-authority-data: .*/, `certificate-authority-data: ${ca}`));
  return { id: made.id, base: `/clusters/${made.id}`, token: /token: "?([^\s"]+)/.exec(made.kubeconfig)![1]!, clients: clientsWith(kubeconfig, installation.dataDir) };
}

const send = (token: string, request: RawRequest) => raw.send({ ...request, headers: { authorization: `Bearer ${token}`, ...request.headers } });

test("a cluster is made in milliseconds, and kubectl works with what the answer says", async () => {
  const timesMs: number[] = [];
  for (let i = 0; i < 5; i++) {
    const begunMs = performance.now();
    await installation.controlPlane.platform("POST", "/clusters", { name: `timed-${i}` });
    timesMs.push(performance.now() - begunMs);
  }
  recordFigure("time to create a cluster, median of 5", timesMs.sort((a, b) => a - b)[2]!, "ms");
  const { clients: { kubectl } } = await aCluster("kubectl");
  expect(await kubectl(["get", "namespaces", "-o", "name"])).toContain("namespace/kube-system");
  expect(await kubectl(["create", "configmap", "a"])).toBe("configmap/a created\n");
  expect(await kubectl(["get", "--raw", "/openapi/v3"]).then((text) => JSON.parse(text).paths)).toHaveProperty("api/v1");
});

test("clusters do not see each other's objects, nor share revisions", async () => {
  await one.clients.kubectl(["create", "configmap", "private", "--from-literal=secret=of-one"]);
  expect((await two.clients.tryKubectl(["get", "configmap", "private"])).stderr).toContain("NotFound");
  expect(await two.clients.kubectl(["get", "configmap", "-A", "-o", "yaml"])).not.toContain("of-one");
});

const UPGRADE = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==", "sec-websocket-protocol": "isopod.v1, isopod-tunnel.v1" };

describe("credentials of one cluster at another", () => {
  /** What a route looks like when it is asked for real. */
  const pathOf = (pattern: string) => pattern.replace("z/*", "z/ping").replace(":table", "dump_queues").replace(":version/*", ":version/namespaces/default/configmaps").replace("/apis/:group", "/apis/apps").replace(":node", "node-0")
    .replace(":version", "v1").replace("/openapi/v3/*", "/openapi/v3/api/v1").replace("/apis/apps/v1/namespaces/default/configmaps", "/apis/apps/v1/namespaces/default/deployments");
  const cases = clusterRoutes.flatMap(({ methods, path, authorization }) => methods.map((method) => ({ method, path: pathOf(path), authorization })));

  test.each(cases)("$method $path ($authorization)", async ({ method, path, authorization }) => {
    const body = method === "GET" || method === "HEAD" ? undefined : "{}";
    const isSocket = /socket|tunnel/.test(path);
    const headers: Record<string, string> = isSocket ? UPGRADE : body ? { "content-type": "application/json" } : {};
    const at = (token: string, base: string) => send(token, { method, path: base + path, headers, ...(body && { body }) });
    const account = (await one.clients.kubectl(["create", "token", "default", "-n", "kube-system"])).trim();
    for (const token of [one.token, account, installation.token, "", "a.b.c"]) {
      const { status, text } = await at(token, two.base);
      if (authorization === "public" || (authorization === "optional" && token === "")) expect(status).toBeLessThan(400);
      else expect(status).toBe(401);
      expect(text).not.toContain("of-one");
    }
    if (method === "GET" && !isSocket) expect((await at(two.token, two.base)).status).toBeLessThan(400);
  });

  test("the platform's API takes no cluster's credentials, and a cluster not the platform's", async () => {
    for (const path of ["/platform/v1/clusters", "/platform/v1/organizations"]) expect((await send(one.token, { path })).status).toBe(401);
    const platform = readFileSync(join(installation.dataDir, "platform-admin-token"), "utf8");
    expect((await send(platform, { path: `${one.base}/api/v1/namespaces` })).status).toBe(401);
  });

  test("an organization's key reaches that organization's clusters alone", async () => {
    const { platform } = installation.controlPlane;
    const ours = await platform("POST", "/organizations", { name: "ours" }) as { id: string };
    const { secret } = await platform("POST", "/api-keys", { organization: ours.id, name: "k" }) as { secret: string };
    expect(JSON.parse((await send(secret, { path: "/platform/v1/clusters" })).text).items).toEqual([]);
    expect((await send(secret, { path: `/platform/v1/clusters/${one.id}` })).status).toBe(404);
    expect((await send(secret, { method: "DELETE", path: `/platform/v1/clusters/${one.id}` })).status).toBe(404);
    expect((await send(secret, { path: `${one.base}/api/v1/namespaces` })).status).toBe(401);
  });
});

test("a token for one cluster's audience is no token of another, whatever its path says", async () => {
  for (const path of [`/clusters/${two.id}/../${one.id}/api/v1/namespaces`, `/clusters/${two.id}%2f..%2f${one.id}/api/v1/namespaces`, `//clusters/${one.id}/api/v1/namespaces`, `/clusters/${one.id}%00/api/v1/namespaces`]) {
    const { status } = await send(two.token, { path });
    expect(status, path).toBeGreaterThanOrEqual(400);
  }
});

test("delete really deletes: credentials are worthless at once, open watches end, and the next of that name is empty", async () => {
  const doomed = await aCluster("doomed");
  await doomed.clients.kubectl(["create", "configmap", "kept", "--from-literal=a=of-doomed"]);
  const watch = send(doomed.token, { path: `${doomed.base}/api/v1/configmaps?watch=true` });
  await new Promise((resolve) => setTimeout(resolve, 300));
  await installation.controlPlane.platform("DELETE", `/clusters/${doomed.id}`);
  expect((await watch.catch(() => ({ status: 200 }))).status).toBe(200);
  for (const path of ["/api/v1/configmaps", "/api"]) expect([401, 404], path).toContain((await send(doomed.token, { path: doomed.base + path })).status);
  const again = await aCluster("doomed");
  expect(again.id).not.toBe(doomed.id);
  expect(await again.clients.kubectl(["get", "configmap", "-A", "-o", "yaml"])).not.toContain("of-doomed");
  expect((await send(doomed.token, { path: `${again.base}/api/v1/configmaps` })).status).toBe(401);
});
