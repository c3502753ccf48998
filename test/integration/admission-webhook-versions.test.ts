import { expect, test } from "vitest";
import { aRule, aWebhook, type Webhook } from "../harness/fake-webhooks.ts";
import { hooked } from "../harness/hooked-cluster.ts";

type Json = Record<string, any>;

test("a kind with several versions is seen in the one that the rule names", async () => {
  const scaler = (version: string, spec: Json) => ({ apiVersion: `autoscaling/${version}`, kind: "HorizontalPodAutoscaler", metadata: { name: "h" }, spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" }, maxReplicas: 3, ...spec } });
  using h = hooked({ old: () => ({ patch: [{ op: "replace", path: "/spec/targetCPUUtilizationPercentage", value: 70 }] }), exact: () => ({}) });
  await h.configure("Mutating", [
    aWebhook("old", aRule("horizontalpodautoscalers", "CREATE", { apiGroups: ["autoscaling"], apiVersions: ["v1"] })),
    aWebhook("exact", aRule("horizontalpodautoscalers", "CREATE", { apiVersions: ["v1"] }), { matchPolicy: "Exact" }),
  ]);
  const cpu = { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } };
  const { body } = await h.create(scaler("v2", { metrics: [cpu] }), "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers");
  expect(body.spec.metrics[0].resource.target.averageUtilization).toBe(70);
  expect(h.hooks.names()).toEqual(["old"]);
  expect(h.hooks.calls[0]!.request).toMatchObject({
    kind: { version: "v1" }, resource: { version: "v1" }, requestKind: { version: "v2" }, requestResource: { version: "v2" },
    object: { apiVersion: "autoscaling/v1", spec: { targetCPUUtilizationPercentage: 50 } },
  });
});

const WIDGETS = "/apis/example.com/v1/namespaces/default/widgets";
const widgetVersion = (name: string, storage: boolean, fields: string[]): Json => ({ name, served: true, storage, schema: { openAPIV3Schema: { type: "object", properties: { spec: { type: "object", properties: Object.fromEntries(fields.map((field) => [field, { type: "string" }])) } } } } });
const widgets = (versions: Json[], conversion: Json = { strategy: "None" }): Json => ({
  apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: "widgets.example.com" },
  spec: { group: "example.com", scope: "Namespaced", names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" }, versions, conversion },
});
const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const aWidget = (spec: Json, version = "v1"): Json => ({ apiVersion: `example.com/${version}`, kind: "Widget", metadata: { name: "w" }, spec });

test("custom resources are changed, pruned after that, and refused like any other, and so are their definitions", async () => {
  using h = hooked({ add: () => ({ patch: [{ op: "add", path: "/spec/b", value: "2" }, { op: "add", path: "/spec/unknown", value: "3" }] }), deny: () => ({ allowed: false }) });
  await h.create(widgets([widgetVersion("v1", true, ["a", "b"])]), CRDS);
  await h.configure("Mutating", [aWebhook("add", aRule("widgets"))]);
  await h.configure("Validating", [aWebhook("deny", aRule("widgets", "DELETE")), aWebhook("deny", aRule("customresourcedefinitions"), { name: "definitions.example.com" })]);
  expect((await h.create(aWidget({ a: "1" }), WIDGETS)).body.spec).toEqual({ a: "1", b: "2" });
  expect((await h.send("DELETE", `${WIDGETS}/w`)).status).toBe(400);
  const other = widgets([widgetVersion("v1", true, [])]);
  Object.assign(other, { metadata: { name: "widgets.example.org" }, spec: { ...other["spec"], group: "example.org" } });
  expect((await h.create(other, CRDS)).body.message).toContain('admission webhook "definitions.example.com" denied the request');
});

test("a custom resource is seen in the version that the rule names, whichever is stored", async () => {
  using h = hooked({ look: () => ({ patch: [{ op: "add", path: "/spec/both", value: "2" }] }) });
  await h.create(widgets([widgetVersion("v1", false, ["old", "both"]), widgetVersion("v2", true, ["new", "both"])]), CRDS);
  await h.configure("Mutating", [aWebhook("look", aRule("widgets", "CREATE", { apiVersions: ["v2"] }))]);
  expect((await h.create(aWidget({ both: "1" }), WIDGETS)).body).toMatchObject({ apiVersion: "example.com/v1", spec: { both: "2" } });
  expect(h.hooks.calls[0]!.request).toMatchObject({ kind: { version: "v2" }, requestKind: { version: "v1" }, object: { apiVersion: "example.com/v2", spec: { both: "1" } } });
});

test("where a webhook converts, it does so for admission webhooks of another version too", async () => {
  const rename = (object: Json, to: string): Json => {
    const { color, colour } = object["spec"];
    return { ...object, apiVersion: to, spec: to.endsWith("v1") ? { color: color ?? colour } : { colour: colour ?? color } };
  };
  const convert: Webhook = ({ uid, objects, desiredAPIVersion }) => ({
    status: 200,
    body: JSON.stringify({ apiVersion: "apiextensions.k8s.io/v1", kind: "ConversionReview", response: { uid, result: { status: "Success" }, convertedObjects: objects.map((object: Json) => rename(object, desiredAPIVersion)) } }),
  });
  using h = hooked({ convert, paint: ({ object }) => ({ patch: [{ op: "replace", path: "/spec/colour", value: `dark ${object.spec.colour}` }] }) });
  const conversion = { strategy: "Webhook", webhook: { conversionReviewVersions: ["v1"], clientConfig: { url: "https://hooks.example.com/convert" } } };
  await h.create(widgets([widgetVersion("v1", true, ["color"]), widgetVersion("v2", false, ["colour"])], conversion), CRDS);
  await h.configure("Mutating", [aWebhook("paint", aRule("widgets", "CREATE", { apiVersions: ["v2"] }))]);
  const { status, body } = await h.create(aWidget({ color: "red" }), WIDGETS);
  expect(status, body.message).toBe(201);
  expect(body.spec).toEqual({ color: "dark red" });
  expect(h.hooks.names().filter((name) => name === "paint")).toHaveLength(1);
});
