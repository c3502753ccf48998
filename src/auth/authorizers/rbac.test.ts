import { describe, expect, test } from "vitest";
import { testApi, type TestApi } from "../../../test/harness/test-api.ts";
import { bootstrapped } from "../../../test/harness/bootstrapped.ts";
import { aConfigMap } from "../../../test/harness/builders.ts";
import type { AuthorizationAttributes, UserInfo } from "../../kinds/kind.ts";
import { ruleAllows } from "../../kinds/rbac/rule.ts";
import { authorize, deny } from "./index.ts";

const user = (username: string, ...groups: string[]) => ({ username, groups: [...groups, "system:authenticated"], authenticator: "test" });
const ask = (verb: string, resource: string, more: object = {}): AuthorizationAttributes => ({ verb, group: "", version: "v1", resource, ...more });
const role = (name: string, rules: object[]) => ({ apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata: { name, namespace: "default" }, rules });
const bind = (name: string, subjects: object[], roleRef: object, namespace = "default") =>
  ({ apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", metadata: { name, namespace }, subjects, roleRef });

const allowed = (api: TestApi, who: UserInfo, what: AuthorizationAttributes): boolean => api.transact((tx) => authorize(tx, who, what).allowed);

describe.each([
  // rule, attributes, allowed
  [{ verbs: ["get"], apiGroups: [""], resources: ["pods"] }, ask("get", "pods"), true],
  [{ verbs: ["get"], apiGroups: [""], resources: ["pods"] }, ask("list", "pods"), false],
  [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }, ask("escalate", "pods", { subresource: "x" }), true],
  [{ verbs: ["get"], apiGroups: [""], resources: ["pods"] }, ask("get", "pods", { subresource: "log" }), false],
  [{ verbs: ["get"], apiGroups: [""], resources: ["pods/log"] }, ask("get", "pods", { subresource: "log" }), true],
  [{ verbs: ["get"], apiGroups: [""], resources: ["*/log"] }, ask("get", "pods", { subresource: "log" }), true],
  [{ verbs: ["get"], apiGroups: [""], resources: ["*/log"] }, ask("get", "pods"), false],
  [{ verbs: ["get"], apiGroups: ["apps"], resources: ["pods"] }, ask("get", "pods"), false],
  [{ verbs: ["get"], apiGroups: [""], resources: ["pods"], resourceNames: ["a"] }, ask("get", "pods", { name: "a" }), true],
  [{ verbs: ["get"], apiGroups: [""], resources: ["pods"], resourceNames: ["a"] }, ask("get", "pods", { name: "b" }), false],
  [{ verbs: ["list"], apiGroups: [""], resources: ["pods"], resourceNames: ["a"] }, ask("list", "pods"), false],
  [{ verbs: ["get"], nonResourceURLs: ["/healthz"] }, { verb: "get", path: "/healthz" }, true],
  [{ verbs: ["get"], nonResourceURLs: ["/healthz"] }, { verb: "get", path: "/healthz/etcd" }, false],
  [{ verbs: ["get"], nonResourceURLs: ["/healthz/*"] }, { verb: "get", path: "/healthz/etcd" }, true],
  [{ verbs: ["get"], nonResourceURLs: ["/healthz/*"] }, { verb: "get", path: "/healthz" }, false],
  [{ verbs: ["*"], nonResourceURLs: ["*"] }, { verb: "post", path: "/x" }, true],
  [{ verbs: ["*"], nonResourceURLs: ["*"] }, ask("get", "pods"), false],
  [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }, { verb: "get", path: "/healthz" }, false],
] as [any, AuthorizationAttributes, boolean][])("%j", (rule, attributes, expected) => {
  test(`${expected ? "allows" : "does not allow"} ${JSON.stringify(attributes)}`, () => { expect(ruleAllows(rule, attributes)).toBe(expected); });
});

test("system:masters may do everything, also in an empty cluster", async () => {
  await using api = await testApi({ namespaces: [] });
  expect(allowed(api, user("root", "system:masters"), ask("delete", "nodes"))).toBe(true);
  expect(allowed(api, user("someone"), ask("get", "pods"))).toBe(false);
});

test("a role binding gives its subjects the role in its namespace alone", async () => {
  await using api = await testApi({ namespaces: ["default", "other"] });
  await api.create(role("reader", [{ verbs: ["get", "list"], apiGroups: [""], resources: ["pods"] }]));
  await api.create(bind("b", [{ kind: "User", name: "ann" }, { kind: "Group", name: "team" }, { kind: "ServiceAccount", name: "sa" }], { kind: "Role", name: "reader" }));
  const get = ask("get", "pods", { namespace: "default", name: "x" });
  expect(allowed(api, user("ann"), get)).toBe(true);
  expect(allowed(api, user("bob", "team"), get)).toBe(true);
  expect(allowed(api, user("system:serviceaccount:default:sa"), get)).toBe(true);
  expect(allowed(api, user("bob"), get)).toBe(false);
  expect(allowed(api, user("ann"), ask("get", "pods", { namespace: "other" }))).toBe(false);
  expect(allowed(api, user("ann"), ask("get", "pods"))).toBe(false);
  expect(allowed(api, user("ann"), ask("delete", "pods", { namespace: "default" }))).toBe(false);
});

test("what is granted and revoked holds at once, also within one transaction and after a rollback", async () => {
  await using api = await testApi();
  const get = ask("get", "pods", { namespace: "default" });
  await api.create(role("reader", [{ verbs: ["get"], apiGroups: [""], resources: ["pods"] }]));
  expect(allowed(api, user("ann"), get)).toBe(false);
  const binding = await api.create(bind("b", [{ kind: "User", name: "ann" }], { kind: "Role", name: "reader" }));
  expect(allowed(api, user("ann"), get)).toBe(true);
  await api.delete(binding);
  expect(allowed(api, user("ann"), get)).toBe(false);

  await Promise.resolve();
  expect(() => api.transact((tx) => {
    tx.create(tx.kindOf(binding)!, bind("b", [{ kind: "User", name: "ann" }], { kind: "Role", name: "reader" }) as never);
    expect(authorize(tx, user("ann"), get).allowed).toBe(true);
    throw new Error("rolled back");
  })).toThrow("rolled back");
  expect(allowed(api, user("ann"), get)).toBe(false);
  await Promise.resolve();
  expect(allowed(api, user("ann"), get)).toBe(false);
});

test("a binding to a role that does not exist grants nothing and says so", async () => {
  await using api = await testApi();
  await api.create(bind("b", [{ kind: "User", name: "ann" }], { kind: "Role", name: "gone" }));
  const answer = await api.send("GET", "/api/v1/namespaces/default/pods", { user: user("ann") });
  expect(answer).toBeStatus(403, "Forbidden");
  expect(answer.body.message).toBe('pods is forbidden: User "ann" cannot list resource "pods" in API group "" in the namespace "default": RBAC: role.rbac.authorization.k8s.io "gone" not found');
});

test("refusals have upstream's words", () => {
  const message = (attributes: AuthorizationAttributes) => deny(user("ann"), attributes).message;
  expect(message(ask("get", "pods", { namespace: "a", name: "b" }))).toBe('pods "b" is forbidden: User "ann" cannot get resource "pods" in API group "" in the namespace "a"');
  expect(message(ask("list", "nodes"))).toBe('nodes is forbidden: User "ann" cannot list resource "nodes" in API group "" at the cluster scope');
  expect(message({ verb: "create", group: "apps", version: "v1", resource: "deployments", subresource: "scale", namespace: "a", name: "b" }))
    .toBe('deployments.apps "b" is forbidden: User "ann" cannot create resource "deployments/scale" in API group "apps" in the namespace "a"');
  expect(message({ verb: "get", path: "/metrics" })).toBe('forbidden: User "ann" cannot get path "/metrics"');
});

test("the default policy: anonymous sees health and version, everybody discovery, admin no roles' escalation", async () => {
  await using api = await bootstrapped();
  const anonymous: UserInfo = { username: "system:anonymous", groups: ["system:unauthenticated"] };
  for (const path of ["/healthz", "/livez", "/readyz", "/version"]) expect(allowed(api, anonymous, { verb: "get", path })).toBe(true);
  for (const path of ["/api", "/apis", "/openapi/v3", "/metrics", "/healthz/etcd"]) expect(allowed(api, anonymous, { verb: "get", path })).toBe(false);
  for (const path of ["/api", "/apis/apps/v1", "/openapi/v3", "/version"]) expect(allowed(api, user("ann"), { verb: "get", path })).toBe(true);
  expect(allowed(api, anonymous, ask("list", "pods", { namespace: "default" }))).toBe(false);
  expect(allowed(api, user("ann"), { verb: "create", group: "authorization.k8s.io", version: "v1", resource: "selfsubjectaccessreviews" })).toBe(true);
});

test.each([
  ["view", ask("list", "pods", { namespace: "default" }), true],
  ["view", ask("get", "secrets", { namespace: "default" }), false],
  ["view", ask("create", "pods", { namespace: "default" }), false],
  ["edit", ask("list", "pods", { namespace: "default" }), true],
  ["edit", ask("create", "pods", { namespace: "default", subresource: "exec" }), true],
  ["edit", ask("get", "secrets", { namespace: "default" }), true],
  ["edit", { verb: "create", group: "rbac.authorization.k8s.io", version: "v1", resource: "roles", namespace: "default" }, false],
  ["admin", { verb: "create", group: "rbac.authorization.k8s.io", version: "v1", resource: "roles", namespace: "default" }, true],
  ["admin", ask("update", "namespaces", { namespace: "default", name: "default" }), false],
  ["admin", { verb: "update", group: "apps", version: "v1", resource: "deployments", namespace: "default" }, true],
  ["cluster-admin", ask("delete", "nodes", { namespace: "default" }), true],
] as [string, AuthorizationAttributes, boolean][])("the default role %s answers %j with %s", async (name, attributes, expected) => {
  await using api = await bootstrapped();
  await api.create(bind("b", [{ kind: "User", name: "ann" }], { kind: "ClusterRole", name }));
  expect(allowed(api, user("ann"), attributes)).toBe(expected);
});

test("requests are refused before it is told whether the object exists", async () => {
  await using api = await testApi();
  await api.create(aConfigMap());
  for (const name of ["config", "nothing"]) {
    expect(await api.send("GET", `/api/v1/namespaces/default/configmaps/${name}`, { user: user("ann") })).toBeStatus(403, "Forbidden");
  }
});
