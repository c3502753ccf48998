import { expect, test } from "vitest";
import { ADMIN, testApi, type TestApi } from "../../../../test/harness/test-api.ts";
import type { Authenticated } from "../../../api/request.ts";
import { example as aClaim } from "./example.ts";

const RBAC = "rbac.authorization.k8s.io/v1";
const RESOURCE = "resource.k8s.io";
const on = (resource: string, verbs: string[], resourceNames?: string[]) => ({ apiGroups: [RESOURCE], resources: [resource], verbs, ...(resourceNames && { resourceNames }) });
const STATUS = on("resourceclaims/status", ["patch", "update"]);
const driver: Authenticated = {
  username: "system:serviceaccount:kube-system:driver", groups: ["system:serviceaccounts", "system:authenticated"],
  extra: { "authentication.kubernetes.io/node-name": ["n1"] }, authenticator: "service-account",
};
const result = { request: "gpu", driver: "gpu.example.com", pool: "n1", device: "gpu-0" };
const device = { driver: "gpu.example.com", pool: "n1", device: "gpu-0" };
const onNode = (name: string) => ({
  devices: { results: [result] },
  nodeSelector: { nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: [name] }] }] },
});

/** A claim that is allocated on a node, and what the driver may do. */
async function allocated(node: string, ...rules: object[]) {
  const api = await testApi();
  await api.create({ apiVersion: RBAC, kind: "ClusterRole", metadata: { name: "driver" }, rules: [STATUS, ...rules] } as never);
  await api.create({ apiVersion: RBAC, kind: "ClusterRoleBinding", metadata: { name: "driver" }, roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "driver" }, subjects: [{ kind: "ServiceAccount", namespace: "kube-system", name: "driver" }] } as never);
  const claim = await api.create(aClaim());
  const write = writerOf(api, api.path(claim, claim.metadata.name, "status"));
  expect((await write(ADMIN, { allocation: onNode(node) })).status).toBe(200);
  return { api, write };
}

const writerOf = (api: TestApi, path: string) => (user: Authenticated, status: object) =>
  api.send("PATCH", path, { user, patchType: "application/merge-patch+json", body: { status } });

test("who may write the status of a claim may not allocate or reserve it by that alone", async () => {
  const { api, write } = await allocated("n1");
  await using _api = api;
  const reservedFor = [{ resource: "pods", name: "p", uid: "1" }];
  const refused = await write(driver, { reservedFor });
  expect(refused).toBeStatus(422, "Invalid");
  expect(refused.body.message).toContain('status: Forbidden: changing status.allocation or status.reservedFor requires resource="resourceclaims/binding", verb="patch" permission: '
    + 'resourceclaims.resource.k8s.io is forbidden: User "system:serviceaccount:kube-system:driver" cannot patch resource "resourceclaims/binding" in API group "resource.k8s.io" at the cluster scope');
  const scheduler = await allocated("n1", on("resourceclaims/binding", ["patch"]));
  await using _other = scheduler.api;
  expect((await scheduler.write(driver, { reservedFor })).status).toBe(200);
});

test.each<[string, string, object[], boolean]>([
  ["its own node, with permission for that", "n1", [on("resourceclaims/driver", ["associated-node:patch"], ["gpu.example.com"])], true],
  ["its own node, with permission for any", "n1", [on("resourceclaims/driver", ["arbitrary-node:patch"], ["gpu.example.com"])], true],
  ["another node, with permission for its own", "n2", [on("resourceclaims/driver", ["associated-node:patch"], ["gpu.example.com"])], false],
  ["another node, with permission for any", "n2", [on("resourceclaims/driver", ["arbitrary-node:patch"], ["gpu.example.com"])], true],
  ["its own node, with permission for another driver", "n1", [on("resourceclaims/driver", ["associated-node:patch"], ["nic.example.com"])], false],
  ["its own node, with permission for another verb", "n1", [on("resourceclaims/driver", ["associated-node:update"])], false],
  ["its own node, without more", "n1", [], false],
])("a driver tells of devices on %s", async (_, node, rules, isAllowed) => {
  const { api, write } = await allocated(node, ...rules);
  await using _api = api;
  const answer = await write(driver, { devices: [{ ...device, networkData: { interfaceName: "eth1" } }] });
  expect(answer.status).toBe(isAllowed ? 200 : 422);
  if (!isAllowed) expect(answer.body.message).toContain(`status.devices: Forbidden: changing status.devices requires resource="resourceclaims/driver", verb="[${node === "n1" ? "associated-node:patch " : ""}arbitrary-node:patch]"`);
});

test("what a driver does not touch takes no permission of it", async () => {
  const { api, write } = await allocated("n1");
  await using _api = api;
  expect((await write(ADMIN, { devices: [device] })).status).toBe(200);
  expect((await write(driver, { devices: [device] })).status).toBe(200);
  expect((await write(driver, { devices: null })).status).toBe(422);
});
