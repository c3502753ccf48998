import { afterEach, describe, expect, test } from "vitest";
import { migrateDirectory } from "../../cli/directory-migrations.ts";
import { HranaDatabase } from "../../cli/hrana.ts";
import { fakeCluster, served } from "../api/testing/fake-cluster.ts";
import { platformRoutes } from "./app.ts";

const open: HranaDatabase[] = [];
afterEach(() => { for (const database of open.splice(0)) database.close(); });

const ADMIN = "admin-token";

function platform() {
  const database = new HranaDatabase(":memory:");
  migrateDirectory(database);
  open.push(database);
  const destroyed: string[] = [];
  const stubs = (name: string) => fakeCluster({ destroy: async () => { destroyed.push(name); } });
  const app = served(fakeCluster(), { env: {
    CLUSTER: { getByName: stubs },
    PLATFORM_ADMIN_TOKEN: ADMIN,
    DIRECTORY: { fetch: async (input, init) => Response.json(await database.pipeline(await new Request(input, init).json())) },
  } });
  const send = async (method: string, path: string, token: string, body?: object): Promise<{ status: number; body: any }> => {
    const headers = { authorization: `Bearer ${token}` };
    const response = await app.fetch(`/platform/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
    return { status: response.status, body: await response.json() };
  };
  const organization = async (name: string) => (await send("POST", "/organizations", ADMIN, { name })).body.apiKey.secret as string;
  return { send, organization, destroyed };
}

describe("authorization", () => {
  test.each(platformRoutes)("$method $path refuses strangers", async ({ method, path }) => {
    const { send } = platform();
    for (const token of ["nothing", "isopod_00"]) expect((await send(method, path, token)).status).toBe(401);
  });

  test("only the administrator makes organizations and chooses ids", async () => {
    const { send, organization } = platform();
    const key = await organization("one");
    expect((await send("POST", "/organizations", key, { name: "two" })).status).toBe(403);
    expect((await send("POST", "/clusters", key, { name: "c", id: "default" })).status).toBe(403);
  });

  test("one organization neither sees nor touches what is another's", async () => {
    const { send, organization, destroyed } = platform();
    const [one, two] = [await organization("one"), await organization("two")];
    const { id } = (await send("POST", "/clusters", one, { name: "c" })).body;
    const key = (await send("POST", "/api-keys", one, { name: "ci" })).body;
    expect((await send("GET", `/clusters/${id}`, two)).status).toBe(404);
    expect((await send("POST", `/clusters/${id}/kubeconfig`, two)).status).toBe(404);
    expect((await send("DELETE", `/clusters/${id}`, two)).status).toBe(404);
    expect((await send("DELETE", `/api-keys/${key.id}`, two)).status).toBe(404);
    expect((await send("GET", "/clusters", two)).body.items).toEqual([]);
    expect((await send("GET", "/organizations", two)).body.items.map((o: any) => o.name)).toEqual(["two"]);
    expect(destroyed).toEqual([]);
  });
});

test("a cluster is made with a kubeconfig, listed, and really deleted", async () => {
  const { send, organization, destroyed } = platform();
  const key = await organization("one");
  const made = await send("POST", "/clusters", key, { name: "test" });
  expect(made.status).toBe(201);
  expect(made.body.kubeconfig).toContain(`server: "https://api.test/clusters/${made.body.id}"`);
  expect((await send("POST", "/clusters", key, { name: "test" })).body.error.code).toBe("already_exists");
  expect((await send("GET", "/clusters", key)).body.items.map((c: any) => c.name)).toEqual(["test"]);
  expect((await send("DELETE", `/clusters/${made.body.id}`, key)).status).toBe(200);
  expect(destroyed).toEqual([made.body.id]);
  expect((await send("GET", `/clusters/${made.body.id}`, key)).status).toBe(404);
});

test("the launcher may ask for the default cluster again and gets new credentials", async () => {
  const { send } = platform();
  for (let i = 0; i < 2; i++) expect((await send("POST", "/clusters", ADMIN, { id: "default", name: "default" })).body.kubeconfig).toContain("token:");
});

test("a deleted key is worth nothing", async () => {
  const { send, organization } = platform();
  const first = await organization("one");
  const { id, secret } = (await send("POST", "/api-keys", first, { name: "ci" })).body;
  expect((await send("GET", "/clusters", secret)).status).toBe(200);
  await send("DELETE", `/api-keys/${id}`, first);
  expect((await send("GET", "/clusters", secret)).status).toBe(401);
  expect(JSON.stringify((await send("GET", "/api-keys", first)).body)).not.toContain("isopod_");
});

test("bad input is told in clear JSON", async () => {
  const { send } = platform();
  expect((await send("POST", "/clusters", ADMIN, {})).body.error).toEqual({ code: "invalid", message: "name is required" });
  expect((await send("POST", "/clusters", ADMIN, { name: "a", id: "Not/OK" })).status).toBe(400);
  expect((await send("POST", "/clusters", ADMIN, { name: "a", organization: "o-none" })).status).toBe(400);
  expect((await send("GET", "/nothing", ADMIN)).status).toBe(404);
});

test("a cluster's service ranges are chosen when it is made, and only good ones", async () => {
  const { send, organization } = platform();
  const key = await organization("one");
  const made = (serviceClusterIpRange: string) => send("POST", "/clusters", key, { name: serviceClusterIpRange, serviceClusterIpRange });
  for (const range of ["10.112.0.0/20", "10.112.0.0/20,fd00:112::/108"]) expect((await made(range)).status).toBe(201);
  for (const range of ["nonsense", "10.112.0.1/20", "fd00:112::/108", "10.112.0.0/20,10.113.0.0/20", "10.112.0.0/29", "10.1.0.0/16,fd00::/64,10.2.0.0/16"]) {
    expect(await made(range)).toMatchObject({ status: 400, body: { error: { message: expect.stringContaining("serviceClusterIpRange: ") } } });
  }
  const withPorts = (serviceNodePortRange: string) => send("POST", "/clusters", key, { name: serviceNodePortRange, serviceNodePortRange });
  for (const range of ["30000-30100", "20000+100"]) expect((await withPorts(range)).status).toBe(201);
  for (const range of ["many", "0-10", "200-100", "30000-70000", "1-2-3"]) expect(await withPorts(range)).toMatchObject({ status: 400, body: { error: { message: expect.stringContaining("serviceNodePortRange: ") } } });
});
