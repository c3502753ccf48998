import { expect, test } from "vitest";
import { bootstrapped } from "../../../../test/harness/bootstrapped.ts";
import { testFacts } from "../../../../test/harness/facts.ts";
import { clusterRoleAggregationController as controller } from "./controller.ts";
import { clusterRole } from "./kind.ts";

const RBAC = "rbac.authorization.k8s.io/v1";
const rules = [{ apiGroups: ["example.com"], resources: ["widgets"], verbs: ["get"] }];

test("a role with the label becomes part of the aggregated one, and of those that contain it", async () => {
  await using api = await bootstrapped();
  const rulesNow = (name: string) => api.transact((tx) => {
    controller.reconcile(tx, name, testFacts());
    return tx.get(clusterRole, undefined, name)!.rules!.map((rule) => rule.resources?.[0]);
  });
  const before = api.store.revision;
  for (const name of ["view", "edit", "admin"]) expect(rulesNow(name)).toContain("configmaps");
  expect(api.store.revision).toBe(before);

  await api.create({ apiVersion: RBAC, kind: "ClusterRole", metadata: { name: "widgets", labels: { "rbac.authorization.k8s.io/aggregate-to-view": "true" } }, rules } as never);
  for (const name of ["view", "edit", "admin"]) expect(rulesNow(name)).toContain("widgets");
});

test("only the aggregated roles that select a changed role are woken", async () => {
  await using api = await bootstrapped();
  const woken = (labels: Record<string, string>, name = "x") => api.transact((tx) => [...controller.watches[0]!.keys({
    type: "ADDED", object: { apiVersion: RBAC, kind: "ClusterRole", metadata: { name, labels } },
  }, tx)]);
  expect(woken({ "rbac.authorization.k8s.io/aggregate-to-view": "true" })).toEqual(["view"]);
  expect(woken({})).toEqual([]);
  expect(woken({}, "admin")).toEqual(["admin"]);
});
