import { expect, test } from "vitest";
import { bootstrapped } from "../../../test/harness/bootstrapped.ts";
import type { TestApi } from "../../../test/harness/test-api.ts";

const GROUP = "authorization.k8s.io/v1";
const ann = { username: "ann", groups: ["system:authenticated"], authenticator: "test" };
const resourceAttributes = { verb: "list", resource: "pods", namespace: "default" };

async function withViewer(): Promise<TestApi> {
  const api = await bootstrapped();
  await api.create({ apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", metadata: { name: "v", namespace: "default" }, roleRef: { kind: "ClusterRole", name: "view" }, subjects: [{ kind: "User", name: "ann" }] } as never);
  return api;
}

const ask = (api: TestApi, kind: string, spec: object, more: { user?: typeof ann; metadata?: object; namespace?: string } = {}) =>
  api.send("POST", `/apis/${GROUP}/${more.namespace ? `namespaces/${more.namespace}/` : ""}${kind.toLowerCase()}s`, { ...(more.user && { user: more.user }), body: { apiVersion: GROUP, kind, metadata: more.metadata, spec } });

test("may I, may he, may he here", async () => {
  await using api = await withViewer();
  const allowed = { allowed: true, reason: 'RBAC: allowed by RoleBinding "v/default" of ClusterRole "view" to User "ann"' };
  const self = await ask(api, "SelfSubjectAccessReview", { resourceAttributes }, { user: ann });
  expect(self.status).toBe(201);
  expect(self.body).toMatchObject({ kind: "SelfSubjectAccessReview", apiVersion: GROUP, spec: { resourceAttributes }, status: allowed });
  expect((await ask(api, "SubjectAccessReview", { user: "ann", resourceAttributes })).body.status).toEqual(allowed);
  expect((await ask(api, "LocalSubjectAccessReview", { user: "ann", resourceAttributes }, { namespace: "default" })).body.status).toEqual(allowed);
  expect((await ask(api, "SubjectAccessReview", { user: "bob", groups: ["x"], resourceAttributes })).body.status).toEqual({ allowed: false });
  expect((await ask(api, "SelfSubjectAccessReview", { nonResourceAttributes: { verb: "get", path: "/version" } }, { user: ann })).body.status.allowed).toBe(true);
  expect((await ask(api, "SubjectAccessReview", { user: "x", groups: ["system:masters"], resourceAttributes })).body.status).toEqual({ allowed: true });
});

test("to ask about others needs permission", async () => {
  await using api = await withViewer();
  expect(await ask(api, "SubjectAccessReview", { user: "bob", resourceAttributes }, { user: ann })).toBeStatus(403, "Forbidden");
});

test.each([
  ["SubjectAccessReview", { user: "a" }, undefined, "spec.resourceAttributes"],
  ["SubjectAccessReview", { resourceAttributes }, undefined, "spec.user"],
  ["SubjectAccessReview", { user: "a", resourceAttributes, nonResourceAttributes: {} }, undefined, "spec.nonResourceAttributes"],
  ["SelfSubjectAccessReview", {}, undefined, "spec.resourceAttributes"],
  ["SelfSubjectAccessReview", { resourceAttributes: { ...resourceAttributes, fieldSelector: {} } }, undefined, "spec.resourceAttributes.fieldSelector.requirements"],
  ["LocalSubjectAccessReview", { user: "a", resourceAttributes: { ...resourceAttributes, namespace: "other" } }, "default", "spec.resourceAttributes.namespace"],
  ["LocalSubjectAccessReview", { user: "a", nonResourceAttributes: { path: "/" } }, "default", "spec.nonResourceAttributes"],
] as [string, object, string | undefined, string][])("a %s of %j in %s is invalid at %s", async (kind, spec, namespace, field) => {
  await using api = await withViewer();
  const answer = await ask(api, kind, spec, { namespace });
  expect(answer).toBeStatus(422, "Invalid");
  expect(answer.body.details.causes.map((cause: { field: string }) => cause.field)).toContain(field);
});

test("a rules review lists what I hold in a namespace", async () => {
  await using api = await withViewer();
  const { status } = (await ask(api, "SelfSubjectRulesReview", { namespace: "default" }, { user: ann })).body;
  expect(status.incomplete).toBe(false);
  expect(status.resourceRules).toContainEqual({ verbs: ["create"], apiGroups: ["authorization.k8s.io"], resources: ["selfsubjectaccessreviews", "selfsubjectrulesreviews"] });
  expect(status.resourceRules.some((rule: { resources: string[] }) => rule.resources.includes("pods"))).toBe(true);
  expect(status.nonResourceRules.length).toBeGreaterThan(0);
  expect(await ask(api, "SelfSubjectRulesReview", {}, { user: ann })).toBeStatus(400, "BadRequest");
});

test("reviews are only created", async () => {
  await using api = await withViewer();
  expect(await api.send("GET", `/apis/${GROUP}/subjectaccessreviews`)).toBeStatus(405, "MethodNotAllowed");
});
