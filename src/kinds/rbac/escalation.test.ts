import { expect, test } from "vitest";
import { bootstrapped } from "../../../test/harness/bootstrapped.ts";
import type { TestApi } from "../../../test/harness/test-api.ts";
import { missingRules } from "./covers.ts";

const RBAC = "rbac.authorization.k8s.io/v1";
const ann = { username: "ann", groups: ["team", "system:authenticated"], authenticator: "test" };
const role = (rules: object[], name = "r") => ({ apiVersion: RBAC, kind: "Role", metadata: { name, namespace: "default" }, rules });
const clusterRole = (rules: object[], more: object = {}) => ({ apiVersion: RBAC, kind: "ClusterRole", metadata: { name: "c" }, rules, ...more });
const roleBinding = (roleRef: object, name = "b") => ({ apiVersion: RBAC, kind: "RoleBinding", metadata: { name, namespace: "default" }, roleRef, subjects: [{ kind: "User", name: "bob" }] });
const pods = (...verbs: string[]) => ({ apiGroups: [""], resources: ["pods"], verbs });

/** Ann may write RBAC objects, holds some rules of her own, and whatever else is given. */
async function withAnn(...more: object[]): Promise<TestApi> {
  const api = await bootstrapped();
  const rules = [{ apiGroups: ["rbac.authorization.k8s.io"], resources: ["*"], verbs: ["create", "update", "patch", "get"] }, pods("get", "list"), ...more];
  await api.create({ apiVersion: RBAC, kind: "ClusterRole", metadata: { name: "ann" }, rules } as never);
  await api.create({ apiVersion: RBAC, kind: "ClusterRoleBinding", metadata: { name: "ann" }, roleRef: { kind: "ClusterRole", name: "ann" }, subjects: [{ kind: "User", name: "ann" }] } as never);
  return api;
}

test("a role may hold what its author holds, and nothing more", async () => {
  await using api = await withAnn();
  await api.create(role([pods("get")]), { user: ann });
  const refused = await api.post(role([pods("get", "delete"), { apiGroups: ["apps"], resources: ["deployments"], verbs: ["get", "list"] }], "s"), { user: ann });
  expect(refused).toBeStatus(403, "Forbidden");
  expect(refused.body.message).toBe('roles.rbac.authorization.k8s.io "s" is forbidden: user "ann" (groups=["team" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n'
    + '{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}\n{APIGroups:["apps"], Resources:["deployments"], Verbs:["get" "list"]}');
  expect(await api.mergePatch(role([]), { rules: [pods("*")] }, { user: ann })).toBeStatus(403, "Forbidden");
});

test("whoever may escalate a role may write what he does not hold", async () => {
  await using api = await withAnn({ apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles"], verbs: ["escalate"] });
  await api.create(role([pods("*")]), { user: ann });
  expect(await api.post(clusterRole([pods("*")]) as never, { user: ann })).toBeStatus(403, "Forbidden");
});

test("a binding needs the role's rules, or the permission to bind it", async () => {
  await using api = await withAnn({ apiGroups: ["rbac.authorization.k8s.io"], resources: ["clusterroles"], resourceNames: ["edit"], verbs: ["bind"] });
  await api.create(role([pods("get")], "small"));
  await api.create(roleBinding({ kind: "Role", name: "small" }), { user: ann });
  await api.create(roleBinding({ kind: "ClusterRole", name: "edit" }, "e"), { user: ann });
  expect(await api.post(roleBinding({ kind: "ClusterRole", name: "cluster-admin" }, "a"), { user: ann })).toBeStatus(403, "Forbidden");
  const missing = await api.post(roleBinding({ kind: "Role", name: "gone" }, "g"), { user: ann });
  expect(missing).toBeStatus(404, "NotFound");
  expect(missing.body.message).toBe('roles.rbac.authorization.k8s.io "gone" not found');
});

test("aggregation needs everything", async () => {
  await using api = await withAnn();
  const refused = await api.post(clusterRole([], { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: "b" } }] } }) as never, { user: ann });
  expect(refused.body.message).toBe('clusterroles.rbac.authorization.k8s.io "c" is forbidden: must have cluster-admin privileges to use the aggregationRule');
});

test("cluster-admin grants anything", async () => {
  await using api = await bootstrapped();
  await api.create({ apiVersion: RBAC, kind: "ClusterRoleBinding", metadata: { name: "ann" }, roleRef: { kind: "ClusterRole", name: "cluster-admin" }, subjects: [{ kind: "User", name: "ann" }] } as never);
  await api.create(clusterRole([pods("*"), { nonResourceURLs: ["/x"], verbs: ["get"] }]) as never, { user: ann });
  await api.create(roleBinding({ kind: "ClusterRole", name: "cluster-admin" }), { user: ann });
});

test("a roleRef cannot be changed, subjects can", async () => {
  await using api = await bootstrapped();
  const made = await api.create(roleBinding({ kind: "ClusterRole", name: "view" }));
  expect(made.roleRef).toEqual({ apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" });
  expect(made.subjects).toEqual([{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "bob" }]);
  const refused = await api.mergePatch(made, { roleRef: { name: "edit" } });
  expect(refused).toBeStatus(422, "Invalid");
  expect(refused.body.details.causes).toEqual([expect.objectContaining({ field: "roleRef", reason: "FieldValueInvalid", message: expect.stringContaining("cannot change roleRef") })]);
  expect((await api.mergePatch(made, { subjects: [] })).status).toBe(200);
});

test("rules and subjects are validated with their paths", async () => {
  await using api = await bootstrapped();
  const causes = async (obj: object) => (await api.post(obj as never)).body.details.causes.map((cause: { field: string }) => cause.field);
  expect(await causes(role([{ verbs: [] }, { verbs: ["get"], nonResourceURLs: ["/x"] }]))).toEqual(["rules[0].verbs", "rules[0].apiGroups", "rules[0].resources", "rules[1].nonResourceURLs"]);
  expect(await causes({ apiVersion: RBAC, kind: "ClusterRoleBinding", metadata: { name: "x" }, roleRef: { kind: "Role", name: "" }, subjects: [{ kind: "ServiceAccount", name: "A" }, { kind: "X", name: "" }] }))
    .toEqual(["roleRef.kind", "roleRef.name", "subjects[0].name", "subjects[0].namespace", "subjects[1].name", "subjects[1].kind"]);
});

test("a rule divided into parts is covered by several others together", () => {
  const held = [{ verbs: ["get"], apiGroups: ["*"], resources: ["*"] }, { verbs: ["list"], apiGroups: [""], resources: ["*/status"] }];
  expect(missingRules(held, [{ verbs: ["get"], apiGroups: ["", "apps"], resources: ["a", "b/status"] }])).toEqual([]);
  expect(missingRules(held, [{ verbs: ["get", "list"], apiGroups: [""], resources: ["b/status"] }])).toEqual([]);
  expect(missingRules(held, [{ verbs: ["list"], apiGroups: [""], resources: ["b"] }])).toEqual(['{APIGroups:[""], Resources:["b"], Verbs:["list"]}']);
  expect(missingRules([{ verbs: ["*"], nonResourceURLs: ["/a/*"] }], [{ verbs: ["get"], nonResourceURLs: ["/a/b", "/c"] }])).toEqual(['{NonResourceURLs:["/c"], Verbs:["get"]}']);
  expect(missingRules([{ verbs: ["get"], apiGroups: [""], resources: ["a"], resourceNames: ["x"] }], [{ verbs: ["get"], apiGroups: [""], resources: ["a"] }])).toHaveLength(1);
});

test("a rule with too many parts is refused rather than divided", () => {
  const many = Array.from({ length: 300 }, (_, i) => `x${i}`);
  expect(missingRules([], [{ verbs: many, apiGroups: many, resources: many }])).toBeUndefined();
  expect(missingRules([{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }], [{ verbs: many, apiGroups: many, resources: many }])).toEqual([]);
});
