import { describe, expect, test } from "vitest";
import { bootstrapped } from "../../test/harness/bootstrapped.ts";
import type { TestApi } from "../../test/harness/test-api.ts";
import type { Authenticated } from "../api/request.ts";
import { checkBound } from "./authorizers/index.ts";
import { impersonationOf } from "./impersonation.ts";

const RBAC = "rbac.authorization.k8s.io/v1";
const root: Authenticated = { username: "root", groups: ["system:masters", "system:authenticated"], authenticator: "admin" };
const ann: Authenticated = { username: "ann", groups: ["system:authenticated"], authenticator: "oidc" };

const whoami = async (api: TestApi, user: Authenticated) =>
  api.send("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", { user, body: { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" } });

test("headers tell whom to impersonate", () => {
  const of = (headers: Record<string, string>) => impersonationOf(new Headers(headers));
  expect(of({})).toBeUndefined();
  expect(of({ "Impersonate-User": "bob", "Impersonate-Group": "a, b", "Impersonate-Uid": "1", "Impersonate-Extra-Example.com%2Fscope": "x" }))
    .toEqual({ username: "bob", groups: ["a", "b"], uid: "1", extra: { "example.com/scope": ["x"] } });
  for (const name of ["Impersonate-Group", "Impersonate-Uid", "Impersonate-Extra-a"]) expect(() => of({ [name]: "x" })).toThrow("without impersonating a user name");
  expect(() => of({ "Impersonate-Group": "a" })).toThrow('requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"a"}, Extra:map[string][]string(nil)} without impersonating a user name');
});

test("an administrator acts as another, with his permissions and no more", async () => {
  await using api = await bootstrapped();
  const as = (impersonate: Authenticated["impersonate"]): Authenticated => ({ ...root, impersonate });
  expect((await whoami(api, as({ username: "bob", groups: ["team"], uid: "7", extra: { a: ["b"] } }))).body.status.userInfo)
    .toEqual({ username: "bob", uid: "7", groups: ["team", "system:authenticated"], extra: { a: ["b"] } });
  expect((await whoami(api, as({ username: "system:serviceaccount:ns:sa" }))).body.status.userInfo.groups)
    .toEqual(["system:serviceaccounts", "system:serviceaccounts:ns", "system:authenticated"]);
  expect(await api.send("GET", "/api/v1/nodes", { user: as({ username: "bob" }) })).toBeStatus(403, "Forbidden");
  expect((await api.send("GET", "/api/v1/nodes", { user: as({ username: "bob", groups: ["system:masters"] }) })).status).toBe(200);
  expect(await whoami(api, as({ username: "system:anonymous" }))).toBeStatus(403, "Forbidden");
});

test("each part of another needs its own permission", async () => {
  await using api = await bootstrapped();
  const rules = [{ apiGroups: [""], resources: ["users"], resourceNames: ["bob"], verbs: ["impersonate"] }];
  await api.create({ apiVersion: RBAC, kind: "ClusterRole", metadata: { name: "i" }, rules } as never);
  await api.create({ apiVersion: RBAC, kind: "ClusterRoleBinding", metadata: { name: "i" }, roleRef: { kind: "ClusterRole", name: "i" }, subjects: [{ kind: "User", name: "ann" }] } as never);
  expect((await whoami(api, { ...ann, impersonate: { username: "bob" } })).status).toBe(201);
  const message = async (impersonate: Authenticated["impersonate"]) => (await whoami(api, { ...ann, impersonate })).body.message;
  const constrained = (mode: string) => `selfsubjectreviews.authentication.k8s.io is forbidden: User "ann" cannot impersonate-on:${mode}:create resource "selfsubjectreviews" in API group "authentication.k8s.io" at the cluster scope`;
  expect(await message({ username: "eve" })).toBe(constrained("user-info"));
  expect(await message({ username: "bob", groups: ["system:masters"] })).toBe(constrained("user-info"));
  expect(await message({ username: "bob", uid: "1" })).toBe(constrained("user-info"));
  expect(await message({ username: "system:serviceaccount:default:x" })).toBe(constrained("serviceaccount"));
  expect(await message({ username: "system:node:n" })).toBe(constrained("arbitrary-node"));
});

describe("constrained impersonation", () => {
  const AUTHENTICATION = "authentication.k8s.io";
  const PODS = { apiGroups: [""], resources: ["pods"] };
  const agent: Authenticated = {
    username: "system:serviceaccount:kube-system:agent", groups: ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"],
    extra: { "authentication.kubernetes.io/node-name": ["n1"] }, authenticator: "service-account",
  };

  async function permitted(user: string, ...rules: object[]): Promise<TestApi> {
    const api = await bootstrapped();
    const give = async (name: string, subject: string, given: object[]) => {
      await api.create({ apiVersion: RBAC, kind: "ClusterRole", metadata: { name }, rules: given } as never);
      await api.create({ apiVersion: RBAC, kind: "ClusterRoleBinding", metadata: { name }, roleRef: { kind: "ClusterRole", name }, subjects: [{ kind: "User", name: subject }] } as never);
    };
    await give("impersonator", user, rules);
    await give("reader", "bob", [{ ...PODS, verbs: ["list", "delete"] }]);
    return api;
  }
  const list = (api: TestApi, user: Authenticated, impersonate: Authenticated["impersonate"]) => api.send("GET", "/api/v1/pods", { user: { ...user, impersonate } });

  test("somebody may be another for some requests only", async () => {
    await using api = await permitted("ann",
      { ...PODS, verbs: ["impersonate-on:user-info:list"] },
      { apiGroups: [AUTHENTICATION], resources: ["users"], resourceNames: ["bob"], verbs: ["impersonate:user-info"] });
    expect((await list(api, ann, { username: "bob" })).status).toBe(200);
    expect((await list(api, ann, { username: "eve" })).body.message).toContain('cannot impersonate:user-info resource "users" in API group "authentication.k8s.io"');
    expect((await api.send("DELETE", "/api/v1/namespaces/default/pods/x", { user: { ...ann, impersonate: { username: "bob" } } })).body.message).toContain("cannot impersonate-on:user-info:delete");
    expect((await list(api, ann, { username: "bob", groups: ["team"] })).body.message).toContain('cannot impersonate:user-info resource "groups"');
  });

  test("nobody becomes system:masters, or has odd extras, by it", async () => {
    await using api = await permitted("ann",
      { ...PODS, verbs: ["impersonate-on:user-info:list"] }, { apiGroups: [AUTHENTICATION], resources: ["*"], verbs: ["impersonate:user-info"] });
    expect((await list(api, ann, { username: "bob", groups: ["team"], uid: "1", extra: { "acme.io/x": ["1"] } })).status).toBe(200);
    expect((await list(api, ann, { username: "bob", groups: ["system:masters"] })).body.message).toContain("impersonating the system:masters group is not allowed");
    expect((await list(api, ann, { username: "bob", extra: { plain: ["1"] } })).body.message).toContain("impersonating an invalid key in extra is not allowed");
    expect((await list(api, ann, { username: "bob", extra: { "acme.io/X": ["1"] } })).body.message).toContain("non-lowercase key");
  });

  test("an agent on a node acts as that node and no other", async () => {
    await using api = await permitted(agent.username,
      { ...PODS, verbs: ["impersonate-on:associated-node:list"] }, { apiGroups: [AUTHENTICATION], resources: ["nodes"], verbs: ["impersonate:associated-node"] });
    expect((await list(api, agent, { username: "system:node:n1" })).body.message).not.toContain("impersonate");
    const user = checkBound(api.registry.transaction(api.store.transaction), { ...agent, impersonate: { username: "system:node:n1" } }, { verb: "list", group: "", version: "v1", resource: "pods" });
    expect(user).toMatchObject({ username: "system:node:n1", groups: ["system:nodes", "system:authenticated"], impersonationConstraint: "impersonate:associated-node" });
    expect((await list(api, agent, { username: "system:node:n2" })).body.message).toContain("cannot impersonate-on:arbitrary-node:list");
  });

  test("service accounts are impersonated with their own groups", async () => {
    await using api = await permitted("ann",
      { ...PODS, verbs: ["impersonate-on:serviceaccount:list"] }, { apiGroups: [AUTHENTICATION], resources: ["serviceaccounts"], verbs: ["impersonate:serviceaccount"] });
    const user = checkBound(api.registry.transaction(api.store.transaction), { ...ann, impersonate: { username: "system:serviceaccount:a:b" } }, { verb: "list", group: "", version: "v1", resource: "pods" });
    expect(user).toMatchObject({ groups: ["system:serviceaccounts", "system:serviceaccounts:a", "system:authenticated"], impersonationConstraint: "impersonate:serviceaccount" });
  });
});
