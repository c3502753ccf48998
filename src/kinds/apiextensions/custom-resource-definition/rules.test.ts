import { expect, test } from "vitest";
import { accepted, testApi, type TestApi } from "../../../../test/harness/test-api.ts";

const root = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const ruled = "/apis/example.com/v1/namespaces/default/ruleds";
type Json = Record<string, unknown>;

const definition = (spec: Json, more: Json = {}) => ({
  apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: "ruleds.example.com" },
  spec: { group: "example.com", scope: "Namespaced", names: { plural: "ruleds", kind: "Ruled" }, versions: [{
    name: "v1", served: true, storage: true, subresources: { status: {} },
    schema: { openAPIV3Schema: { type: "object", properties: { spec, status: { type: "object", properties: { ready: { type: "integer" } } } }, ...more } },
  }] },
});
const object = (spec: Json, more: Json = {}) => ({ apiVersion: "example.com/v1", kind: "Ruled", metadata: { name: "r" }, spec, ...more });

async function withSpec(spec: Json, more: Json = {}): Promise<TestApi> {
  const api = await testApi();
  accepted(await api.send("POST", root, { body: definition(spec, more) }));
  return api;
}
const rules = (...list: (string | Json)[]) => ({ "x-kubernetes-validations": list.map((rule) => (typeof rule === "string" ? { rule } : rule)) });
const int = { type: "integer" };
const replicas = { min: int, replicas: int, max: int };

async function refused(spec: Json, more: Json = {}): Promise<string> {
  await using api = await testApi();
  const { status, body } = await api.send("POST", root, { body: definition(spec, more) });
  expect(status).toBe(422);
  return body.message;
}

test("a rule refuses what it is false for, in its own words or its author's", async () => {
  await using api = await withSpec({ type: "object", properties: replicas, ...rules(
    "self.min <= self.replicas", { rule: "self.replicas <= self.max", message: "too many", fieldPath: ".replicas", reason: "FieldValueForbidden" },
    { rule: "self.replicas != 13", messageExpression: "'unlucky: ' + string(self.replicas)" },
  ) });
  expect((await api.send("POST", ruled, { body: object({ min: 1, replicas: 2, max: 3 }) })).status).toBe(201);
  const { status, body } = await api.send("POST", ruled, { body: object({ min: 20, replicas: 13, max: 3 }) });
  expect(status).toBe(422);
  expect(body.details.causes).toEqual([
    { reason: "FieldValueInvalid", message: "Invalid value: failed rule: self.min <= self.replicas", field: "spec" },
    { reason: "FieldValueForbidden", message: "Forbidden: too many", field: "spec.replicas" },
    { reason: "FieldValueInvalid", message: "Invalid value: unlucky: 13", field: "spec" },
  ]);
});

test("a rule that fails to run says why", async () => {
  await using api = await withSpec({ type: "object", properties: replicas, ...rules("self.min <= self.max") });
  const { body } = await api.send("POST", ruled, { body: object({ min: 1 }) });
  expect(body.details.causes).toEqual([{ reason: "FieldValueInvalid", message: 'Invalid value: "object": no such key: max evaluating rule: self.min <= self.max', field: "spec" }]);
});

test("rules are not run over what the schema refuses", async () => {
  await using api = await withSpec({ type: "object", properties: replicas, ...rules("self.min <= self.max") });
  const { body } = await api.send("POST", ruled, { body: object({ min: "x", max: 1 }) });
  expect(body.message).toContain("some validation rules were not checked because the object was invalid");
});

test("rules reach the whole object, its name and the items of lists and maps", async () => {
  await using api = await withSpec({ type: "object", properties: {
    list: { type: "array", items: { type: "string", ...rules({ rule: "self.startsWith('a')", message: "must start with a" }) } },
    map: { type: "object", additionalProperties: { ...int, ...rules("self > 0") } }, "dashed-name": { type: "string" }, when: { type: "string", format: "date-time" }, any: { "x-kubernetes-int-or-string": true },
  }, ...rules("!has(self.dashed__dash__name) || self.dashed__dash__name == 'x'", "!has(self.when) || self.when > timestamp('2020-01-01T00:00:00Z')", "!has(self.any) || (type(self.any) == int ? self.any > 3 : self.any == '5%')") },
  rules({ rule: "self.metadata.name != 'bad'", message: "bad name" }));
  const { body } = await api.send("POST", ruled, { body: { ...object({ list: ["abc", "b"], map: { k: -1 }, "dashed-name": "y", when: "2019-01-01T00:00:00Z", any: 2 }), metadata: { name: "bad" } } });
  expect(body.details.causes.map((c: Json) => `${c["field"]}: ${c["message"]}`)).toEqual([
    "<nil>: Invalid value: bad name", "spec: Invalid value: failed rule: !has(self.dashed__dash__name) || self.dashed__dash__name == 'x'",
    "spec: Invalid value: failed rule: !has(self.when) || self.when > timestamp('2020-01-01T00:00:00Z')",
    "spec: Invalid value: failed rule: !has(self.any) || (type(self.any) == int ? self.any > 3 : self.any == '5%')",
    'spec.list[1]: Invalid value: "b": must start with a', "spec.map[k]: Invalid value: -1: failed rule: self > 0",
  ]);
});

test("transition rules compare with the former value, entry by entry in keyed lists", async () => {
  await using api = await withSpec({ type: "object", properties: {
    fixed: { type: "string", ...rules({ rule: "self == oldSelf", message: "is immutable" }) },
    once: { ...int, ...rules({ rule: "!oldSelf.hasValue() || self >= oldSelf.value()", optionalOldSelf: true, message: "may not fall" }) },
    list: { type: "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["id"], items: { type: "object", required: ["id"], properties: { id: { type: "string" }, n: int }, ...rules({ rule: "self.n >= oldSelf.n", message: "n may not fall" }) } },
  } });
  const made = accepted(await api.send("POST", ruled, { body: object({ fixed: "a", once: 5, list: [{ id: "x", n: 3 }, { id: "y", n: 1 }] }) })) as Json;
  const { body } = await api.send("PUT", `${ruled}/r`, { body: { ...made, spec: { fixed: "b", once: 4, list: [{ id: "y", n: 2 }, { id: "x", n: 2 }, { id: "z", n: 0 }] } } });
  expect(body.details.causes.map((c: Json) => `${c["field"]}: ${c["message"]}`)).toEqual([
    'spec.fixed: Invalid value: "b": is immutable', "spec.once: Invalid value: 4: may not fall", "spec.list[1]: Invalid value: n may not fall",
  ]);
});

test("what did not change is let through by rules that came later", async () => {
  await using api = await withSpec({ type: "object", properties: { a: int, inner: { type: "object", properties: { n: int } } } });
  accepted(await api.send("POST", ruled, { body: object({ a: 1, inner: { n: 1 } }) }));
  const crd = (await api.send("GET", `${root}/ruleds.example.com`)).body;
  crd.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.inner["x-kubernetes-validations"] = [{ rule: "self.n > 5" }];
  accepted(await api.send("PUT", `${root}/ruleds.example.com`, { body: crd }));
  const now = (await api.send("GET", `${ruled}/r`)).body;
  expect((await api.send("PUT", `${ruled}/r`, { body: { ...now, spec: { a: 2, inner: { n: 1 } } } })).status).toBe(200);
  const again = (await api.send("GET", `${ruled}/r`)).body;
  expect((await api.send("PUT", `${ruled}/r`, { body: { ...again, spec: { a: 2, inner: { n: 2 } } } })).status).toBe(422);
});

test("entries of a list that is as it was are let through by rules that came later", async () => {
  const list = (more: Json = {}) => ({ type: "object", properties: { a: int, list: { type: "array", items: { type: "object", properties: { n: int }, ...more } } } });
  await using api = await withSpec(list());
  accepted(await api.send("POST", ruled, { body: object({ a: 1, list: [{ n: 1 }, { n: 2 }] }) }));
  const crd = (await api.send("GET", `${root}/ruleds.example.com`)).body;
  crd.spec.versions[0].schema.openAPIV3Schema.properties.spec = list(rules("self.n > 5"));
  accepted(await api.send("PUT", `${root}/ruleds.example.com`, { body: crd }));
  const put = async (spec: Json) => (await api.send("PUT", `${ruled}/r`, { body: { ...(await api.send("GET", `${ruled}/r`)).body, spec } })).status;
  expect(await put({ a: 2, list: [{ n: 1 }, { n: 2 }] })).toBe(200);
  expect(await put({ a: 2, list: [{ n: 2 }, { n: 1 }] })).toBe(422);
});

test("rules of the root see a status that is written through its own door", async () => {
  await using api = await withSpec({ type: "object", properties: replicas }, rules({ rule: "!has(self.status) || self.status.ready <= self.spec.max", message: "more than there can be" }));
  const made = accepted(await api.send("POST", ruled, { body: object({ max: 3 }) })) as Json;
  expect((await api.send("PUT", `${ruled}/r/status`, { body: { ...made, status: { ready: 4 } } })).body.message).toContain("more than there can be");
  expect((await api.send("PUT", `${ruled}/r/status`, { body: { ...made, status: { ready: 3 } } })).status).toBe(200);
});

test.each<[string, Json, string]>([
  ["an unknown field", { type: "object", properties: replicas, ...rules("self.zzz > 1") }, "undefined field 'zzz'"],
  ["a syntax error", { type: "object", properties: replicas, ...rules("self = 42") }, "spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule: Invalid value"],
  ["no boolean", { type: "object", properties: replicas, ...rules("self.min + 1") }, "cel expression must evaluate to a bool"],
  ["wrong types", { type: "object", properties: replicas, ...rules("self.min == 'a'") }, "found no matching overload for '_==_' applied to '(int, string)'"],
  ["a message that is no text", { type: "object", properties: replicas, ...rules({ rule: "true", messageExpression: "42" }) }, "messageExpression must evaluate to a string"],
  ["oldSelf where nothing can be compared", { type: "object", properties: { list: { type: "array", items: { type: "object", properties: { n: int }, ...rules("self.n == oldSelf.n") } } } }, "oldSelf cannot be used on the uncorrelatable portion of the schema within spec.validation.openAPIV3Schema.properties[spec].properties[list]"],
  ["optionalOldSelf without need", { type: "object", properties: replicas, ...rules({ rule: "true", optionalOldSelf: true }) }, "may not be set if oldSelf is not used in rule"],
  ["a path that leads nowhere", { type: "object", properties: replicas, ...rules({ rule: "true", fieldPath: ".zzz" }) }, "must be a valid path"],
  ["what may cost too much", { type: "object", properties: { x: { type: "array", items: { type: "array", items: { type: "string" } } } }, ...rules("self.x.all(a, self.x.all(b, a == b))") }, "estimated rule cost exceeds budget by factor of more than 100x"],
])("a definition is refused for a rule with %s", async (_name, spec, text) => {
  expect(await refused(spec)).toContain(text);
});

test("keys of maps cost nothing in the estimate, as upstream", async () => {
  await using api = await withSpec({ type: "object", properties: { annotations: { type: "object", maxProperties: 8, additionalProperties: { type: "string", maxLength: 4096 }, ...rules("self.all(key, key.split('/')[0].size() < 253)") } } });
  expect((await api.send("POST", ruled, { body: object({ annotations: { "a/b": "c" } }) })).status).toBe(201);
});

test("rules that upstream's documentation shows compile", async () => {
  const text = { type: "string", maxLength: 64 };
  await using api = await withSpec({ type: "object", properties: {
    minReplicas: int, replicas: int, maxReplicas: int, health: text, items: { type: "array", maxItems: 20, items: { type: "object", properties: { name: text, foo: { type: "string", maxLength: 32 } } } },
    set1: { type: "array", maxItems: 10, items: text }, set2: { type: "array", maxItems: 10, items: text }, stateCounts: { type: "object", maxProperties: 10, additionalProperties: int }, x: text, y: text, widgets: { type: "array", maxItems: 10, items: { type: "object", properties: { key: text } } },
    created: { type: "string", format: "date-time" }, ttl: { type: "string", format: "duration" }, quantity: text, immutable: text, details: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  }, ...rules(
    "self.minReplicas <= self.replicas && self.replicas <= self.maxReplicas", "'Available' in self.stateCounts", "(self.set1.size() == 0) != (self.set2.size() == 0)", "self.set1.all(e, !(e in self.set2))",
    "has(self.x) ? self.x.startsWith('a') : true", "self.widgets.exists(w, w.key == 'x' && w.key.size() < 10)", "type(self.x) == string", "self.health.startsWith('ok')", "self.created + self.ttl > timestamp('2020-01-01T00:00:00Z')",
    "self.set1.isSorted() && self.items.map(i, i.name).indexOf('a') >= -1", "isQuantity(self.quantity) && quantity(self.quantity).isGreaterThan(quantity('100m'))", "self.items.all(a, self.items.exists_one(b, a.name == b.name))",
    "self.x.matches('^[a-z]+$') && self.x.find('[0-9]+') == ''", "sets.contains(self.set1, ['a'])", "self.immutable == oldSelf.immutable", "url('https://' + self.x).getHost() == self.x", "size(self.items) == 0 || self.items[0].?name.orValue('') != 'bad'",
  ) });
  void api;
});
