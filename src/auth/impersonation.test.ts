import { expect, test } from "vitest";
import { bootstrapped } from "../../test/harness/bootstrapped.ts";
import type { TestApi } from "../../test/harness/test-api.ts";
import type { Authenticated } from "../api/request.ts";
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
  for (const name of ["Impersonate-Group", "Impersonate-Uid", "Impersonate-Extra-a"]) expect(() => of({ [name]: "x" })).toThrow("without impersonating a user");
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
  expect(await message({ username: "eve" })).toBe('users "eve" is forbidden: User "ann" cannot impersonate resource "users" in API group "" at the cluster scope');
  expect(await message({ username: "bob", groups: ["system:masters"] })).toBe('groups "system:masters" is forbidden: User "ann" cannot impersonate resource "groups" in API group "" at the cluster scope');
  expect(await message({ username: "bob", uid: "1" })).toContain('resource "uids" in API group "authentication.k8s.io"');
  expect(await message({ username: "bob", extra: { scope: ["x"] } })).toContain('resource "userextras/scope"');
  expect(await message({ username: "system:serviceaccount:default:x" })).toContain('resource "serviceaccounts" in API group "" in the namespace "default"');
});
