import { expect, test } from "vitest";
import { schemaOf } from "../../../kinds/facts/table.ts";
import type { KubeObject } from "../../../kinds/object.ts";
import type { StructSchema } from "../../../kinds/schema.ts";
import { ApiError } from "../../../lib/errors.ts";
import { conformObject } from "../../decode/index.ts";
import { applyServerSide, type ApplyOptions } from "./apply.ts";
import { keepTimesIfIdle, managerName, trackUpdate } from "./track-update.ts";

const schema = schemaOf("io.k8s.api.apps.v1.Deployment");
const target = { group: "apps", version: "v1", kind: "Deployment", schema };
const t = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, "0")}Z`;

interface Spec { replicas?: number; containers?: object[]; labels?: Record<string, string>; annotations?: Record<string, string>; more?: object }
const deployment = ({ replicas, containers, labels, annotations, more }: Spec): KubeObject => ({
  apiVersion: "apps/v1", kind: "Deployment",
  metadata: { name: "web", namespace: "d", ...(labels && { labels }), ...(annotations && { annotations }) },
  spec: { ...(replicas !== undefined && { replicas }), ...(containers && { template: { spec: { containers } } }), ...more },
});
const conformed = (object: KubeObject): KubeObject => conformObject(structuredClone(object), target, "Ignore").object;
const created = (object: KubeObject, manager = "kubectl-create"): KubeObject => tracked(undefined, conformed(object), manager);
function tracked(old: KubeObject | undefined, now: KubeObject, manager: string, second = 0, more: object = {}): KubeObject {
  const managedFields = trackUpdate(old, now, schema, { manager, apiVersion: "apps/v1", nowIso: t(second), ...more });
  const { managedFields: _, ...metadata } = now.metadata;
  return { ...now, metadata: { ...metadata, ...(managedFields && { managedFields }) } };
}
const apply = (live: KubeObject | undefined, patch: KubeObject, manager: string, more: Partial<ApplyOptions> = {}): KubeObject =>
  applyServerSide(live, patch, schema, { manager, apiVersion: "apps/v1", nowIso: t(9), force: false, ...more });
const owned = (object: KubeObject) => Object.fromEntries((object.metadata.managedFields ?? []).map((m) => [`${m.manager}:${m.operation}`, m.fieldsV1]));
const container = (name: string, more: object = {}) => ({ name, image: `${name}:1`, ...more });

test("a creator owns what it said, and the structs that are always there belong to nobody", () => {
  const live = created(deployment({ replicas: 3, labels: { a: "b" }, containers: [container("c", { ports: [{ containerPort: 80, protocol: "TCP" }], resources: {} })] }));
  expect(live.metadata.managedFields).toEqual([{
    manager: "kubectl-create", operation: "Update", apiVersion: "apps/v1", time: t(0), fieldsType: "FieldsV1",
    fieldsV1: {
      "f:metadata": { "f:labels": { ".": {}, "f:a": {} } },
      "f:spec": {
        "f:replicas": {},
        "f:template": { "f:spec": { "f:containers": { 'k:{"name":"c"}': {
          ".": {}, "f:image": {}, "f:name": {}, "f:resources": {},
          "f:ports": { ".": {}, 'k:{"containerPort":80,"protocol":"TCP"}': { ".": {}, "f:containerPort": {}, "f:protocol": {} } },
        } } } },
      },
    },
  }]);
});

test("who changes a field owns it from then on, and nobody owns a removed one", () => {
  const live = created(deployment({ replicas: 3, labels: { a: "1", b: "2" } }));
  const next = tracked(live, conformed({ ...deployment({ replicas: 4, labels: { a: "1" } }) }), "edit", 1);
  expect(owned(next)).toEqual({
    "kubectl-create:Update": { "f:metadata": { "f:labels": { ".": {}, "f:a": {} } } },
    "edit:Update": { "f:spec": { "f:replicas": {} } },
  });
});

test("a write that changes nothing changes no entry and no time", () => {
  const live = created(deployment({ replicas: 3 }));
  expect(tracked(live, { ...live, metadata: { ...live.metadata, resourceVersion: "9" } }, "other", 5).metadata.managedFields).toBe(live.metadata.managedFields);
});

test("an update through a subresource is an entry of its own", () => {
  const live = created(deployment({ replicas: 3 }));
  const next = tracked(live, { ...live, status: { replicas: 3 } }, "controller", 1, { subresource: "status" });
  expect(next.metadata.managedFields![1]).toMatchObject({ manager: "controller", subresource: "status", fieldsV1: { "f:status": { "f:replicas": {} } } });
});

test("clients may reset managedFields, and an object without them is not tracked before an apply", () => {
  const live = created(deployment({ replicas: 3 }));
  const reset = tracked(live, { ...live, metadata: { ...live.metadata, managedFields: [{}] } }, "x", 1);
  expect(reset.metadata).not.toHaveProperty("managedFields");
  const edited = tracked(reset, conformed(deployment({ replicas: 5 })), "x", 2);
  expect(edited.metadata).not.toHaveProperty("managedFields");
  expect(Object.keys(owned(apply(edited, deployment({ labels: { a: "b" } }), "me")))).toEqual(["me:Apply", "before-first-apply:Update"]);
});

test("malformed managedFields of a client are ignored", () => {
  const live = created(deployment({ replicas: 3 }));
  const odd = [{ manager: "x", operation: "Update" as const, apiVersion: "v1", fieldsType: "FieldsV1" as const, fieldsV1: { "k:{": {} } }];
  expect(owned(tracked(live, { ...live, metadata: { ...live.metadata, managedFields: odd } }, "y", 1))).toEqual(owned(live));
});

test("at most ten updaters are kept apart", () => {
  let live = created(deployment({ replicas: 0, labels: { m0: "x" } }), "m0");
  for (let i = 1; i < 15; i++) live = tracked(live, conformed(deployment({ replicas: 0, labels: { ...live.metadata.labels, [`m${i}`]: "x" } })), `m${i}`, i);
  const managers = live.metadata.managedFields!.map((m) => m.manager);
  expect(managers).toHaveLength(10);
  expect(managers).toContain("ancient-changes");
});

test("an apply creates, and owns just what it says", () => {
  const live = apply(undefined, deployment({ replicas: 3, labels: { a: "b" }, containers: [container("c")] }), "me");
  expect(owned(live)).toEqual({ "me:Apply": {
    "f:metadata": { "f:labels": { "f:a": {} } },
    "f:spec": { "f:replicas": {}, "f:template": { "f:spec": { "f:containers": { 'k:{"name":"c"}': { ".": {}, "f:image": {}, "f:name": {} } } } } },
  } });
});

test("changing another's field is a conflict that names it; force takes it; the same value shares it", () => {
  const live = created(deployment({ replicas: 3 }), "kubectl-client-side-apply");
  try {
    apply(live, deployment({ replicas: 4 }), "me");
    expect.unreachable();
  } catch (error) {
    expect((error as ApiError).status).toEqual({
      kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", code: 409, reason: "Conflict",
      message: 'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas',
      details: { causes: [{ reason: "FieldManagerConflict", message: 'conflict with "kubectl-client-side-apply" using apps/v1', field: ".spec.replicas" }] },
    });
  }
  expect(owned(apply(live, deployment({ replicas: 4 }), "me", { force: true }))).toEqual({ "me:Apply": { "f:spec": { "f:replicas": {} } } });
  expect(Object.keys(owned(apply(live, deployment({ replicas: 3 }), "me")))).toEqual(["me:Apply", "kubectl-client-side-apply:Update"]);
});

test("several conflicts are listed by manager", () => {
  const one = created(deployment({ replicas: 3, containers: [container("c")] }), "a");
  const live = tracked(one, { ...one, metadata: { ...one.metadata, labels: { x: "1" } } }, "b", 1);
  expect(() => apply(live, deployment({ replicas: 4, labels: { x: "2" }, containers: [container("c", { image: "z" })] }), "me")).toThrow(
    'Apply failed with 3 conflicts: conflicts with "a" using apps/v1:\n- .spec.replicas\n- .spec.template.spec.containers[name="c"].image\nconflicts with "b" using apps/v1:\n- .metadata.labels.x');
});

test("what is no longer applied goes, unless somebody else owns it or nobody ever applied it", () => {
  const first = apply(undefined, deployment({ replicas: 3, labels: { a: "1", b: "2" }, containers: [container("c"), container("d")] }), "me");
  const defaulted = structuredClone(first) as any;
  defaulted.spec.template.spec.containers[0].terminationMessagePath = "/dev/log";
  defaulted.spec.template.spec.containers[1].terminationMessagePath = "/dev/log";
  const shared = apply(defaulted, deployment({ labels: { b: "2" } }), "other");
  const last = apply(shared, deployment({ labels: { a: "1" }, containers: [container("c")] }), "me") as any;
  expect(last.metadata.labels).toEqual({ a: "1", b: "2" });
  expect(last.spec.replicas).toBeUndefined();
  expect(last.spec.template.spec.containers).toEqual([{ ...container("c"), terminationMessagePath: "/dev/log" }]);
});

test("an entry that another manager filled survives its applier", () => {
  const first = apply(undefined, deployment({ containers: [container("c", { env: [{ name: "A", value: "1" }, { name: "B", value: "2" }] })] }), "me");
  const other = apply(first, deployment({ containers: [{ name: "c", env: [{ name: "B", value: "2" }] }] }), "other");
  const last = apply(other, deployment({ containers: [container("c")] }), "me") as any;
  expect(last.spec.template.spec.containers[0].env).toEqual([{ name: "B", value: "2" }]);
});

test("applying the same again returns the live object itself", () => {
  const patch = deployment({ replicas: 3, containers: [container("c", { resources: { limits: { cpu: "1" } } })] });
  const live = apply(undefined, patch, "me");
  expect(apply(live, structuredClone(patch), "me", { nowIso: t(30) })).toBe(live);
});

test("an apply whose effect is lost on the way to the store keeps its time", () => {
  const live = conformed(apply(undefined, deployment({ replicas: 3, more: { paused: false } }), "me"));
  const again = conformed(apply(live, deployment({ replicas: 3, more: { paused: false } }), "me", { nowIso: t(30) }));
  keepTimesIfIdle(live, again);
  expect(again).toEqual(live);
});

test("the live object is left alone, and the result shares nothing with it that could change", () => {
  const live = created(deployment({ containers: [container("c", { resources: {} })] }));
  delete (live as any).spec.template.spec.containers[0].resources;
  const before = structuredClone(live);
  expect((conformObject(apply(live, deployment({ replicas: 2 }), "me"), target, "Ignore").object as any).spec.template.spec.containers[0].resources).toEqual({});
  expect(live).toEqual(before);
});

test("atomic lists are owned whole, list order follows the configuration", () => {
  const live = apply(undefined, deployment({ containers: [container("a", { args: ["1"] }), container("b")] }), "one");
  const both = apply(live, deployment({ containers: [container("x"), container("b")] }), "two") as any;
  expect(both.spec.template.spec.containers.map((c: any) => c.name)).toEqual(["a", "x", "b"]);
  expect(() => apply(live, deployment({ containers: [container("a", { args: ["2"] })] }), "two")).toThrow('.spec.template.spec.containers[name="a"].args');
});

test("a default of a merge key is part of the key", () => {
  const live = apply(undefined, deployment({ containers: [container("c", { ports: [{ containerPort: 80, protocol: "TCP", name: "x" }] })] }), "one");
  const same = apply(live, deployment({ containers: [container("c", { ports: [{ containerPort: 80, name: "x" }] })] }), "two") as any;
  expect(same.spec.template.spec.containers[0].ports).toHaveLength(1);
});

test("repeated keys, and managedFields in a patch, are bad requests", () => {
  expect(() => apply(undefined, deployment({ containers: [container("c"), container("c")] }), "me"))
    .toThrow('failed to create typed patch object (d/web; apps/v1, Kind=Deployment): .spec.template.spec.containers: duplicate entries for key [name="c"]');
  const patch = deployment({});
  expect(() => apply(undefined, { ...patch, metadata: { ...patch.metadata, managedFields: [] } }, "me")).toThrow("metadata.managedFields must be nil");
});

test("status in an apply through the main door is not owned", () => {
  const live = apply(undefined, { ...deployment({ replicas: 1 }), status: { replicas: 1 } }, "me", { resetFields: ["status"] });
  expect(owned(live)).toEqual({ "me:Apply": { "f:spec": { "f:replicas": {} } } });
});

test("kubectl takes over what its client-side apply left", () => {
  const applied = deployment({ replicas: 3 });
  const annotations = { "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify(applied) };
  const live = created({ ...applied, metadata: { ...applied.metadata, annotations } }, "kubectl-client-side-apply");
  const next = apply(live, deployment({ replicas: 5 }), "kubectl") as any;
  expect(next.spec.replicas).toBe(5);
  expect(JSON.parse(next.metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"]).spec.replicas).toBe(5);
});

test("fields that a custom resource's schema does not know are owned one by one", () => {
  const custom: StructSchema = { type: "struct", preserveUnknown: true, fields: new Map([["metadata", { name: "metadata", schema: { type: "struct", fields: new Map(), preserveUnknown: true } }]]) };
  const live: KubeObject = { apiVersion: "x/v1", kind: "X", metadata: { name: "x" }, spec: { a: { b: 1 }, l: [1] } };
  const managedFields = trackUpdate(undefined, live, custom, { manager: "m", apiVersion: "x/v1", nowIso: t(0) });
  expect(managedFields![0]!.fieldsV1).toEqual({ "f:spec": { ".": {}, "f:a": { ".": {}, "f:b": {} }, "f:l": {} } });
});

test("so are those of a value of any type, and with the value they go", () => {
  const any: StructSchema = { type: "struct", fields: new Map([["spec", { name: "spec", schema: { type: "any", granular: true } }], ["metadata", { name: "metadata", schema: { type: "struct", fields: new Map() } }]]) };
  const object = (spec: unknown): KubeObject => ({ apiVersion: "x/v1", kind: "X", metadata: { name: "x" }, spec });
  const write = (manager: string) => ({ manager, apiVersion: "x/v1", nowIso: t(0), force: true });
  const live = applyServerSide(undefined, object({ a: { b: 1 } }), any, write("m"));
  expect(owned(live)).toEqual({ "m:Apply": { "f:spec": { "f:a": { ".": {}, "f:b": {} } } } });
  expect(owned(applyServerSide(live, object("text"), any, write("n")))).toEqual({ "n:Apply": { "f:spec": {} } });
});

test("a manager is named by fieldManager or by the user agent's first word", () => {
  expect(managerName("me", "kubectl/v1")).toBe("me");
  expect(managerName(undefined, "kubectl/v1.36.0 (linux/amd64)")).toBe("kubectl");
  expect(managerName("", "")).toBe("unknown");
});
