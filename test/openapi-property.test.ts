import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeObject } from "../src/api/decode/index.ts";
import { yamlOf, yamlToJson } from "../src/api/decode/yaml.ts";
import { openApiDocuments } from "../src/api/openapi/documents.ts";
import { applyServerSide, applyStrategicMergePatch } from "../src/api/patch/index.ts";
import { decodeProtobuf, encodeProtobuf, hasProtobuf } from "../src/api/protobuf/codec.ts";
import { schemaOf } from "../src/kinds/facts/table.ts";
import { builtinKinds } from "../src/kinds/index.ts";
import type { Kind } from "../src/kinds/kind.ts";
import type { KubeObject } from "../src/kinds/object.ts";
import { arbitraryOfOpenApi } from "./harness/arbitrary-of-openapi.ts";
import { overlaid } from "./harness/arbitrary-object.ts";
import { TestApi } from "./harness/test-api.ts";

/**
 * Whoever knows nothing but the published OpenAPI can write any object that it allows, and no way that objects go loses
 * or invents a field. PROPERTY_RUNS and PROPERTY_SEED make it longer, and different.
 */
const parameters = { numRuns: Number(process.env.PROPERTY_RUNS ?? 40), seed: Number(process.env.PROPERTY_SEED ?? 1) };
const documents = openApiDocuments({});
const versions = builtinKinds.flatMap((kind) => kind.versions.map((version) => {
  const group = version.group ?? kind.group;
  return [`${group ? `${group}/` : ""}${version.version} ${kind.kind}`, { kind, group, version: version.version, type: version.type! }] as const;
}));
const write = { manager: "m", nowIso: "2026-01-01T00:00:00Z", force: true };

interface Place { kind: Kind; group: string; version: string; type: string }

const componentsOf = new Map<string, any>();
function drawn({ kind, group, version, type }: Place): fc.Arbitrary<KubeObject> {
  const key = `${group}/${version}`;
  if (!componentsOf.has(key)) componentsOf.set(key, (documents.v3(builtinKinds, group, version) as any).components.schemas);
  const typeMeta = { apiVersion: group ? key : version, kind: kind.kind };
  const labels = fc.dictionary(fc.constantFrom("a", "b"), fc.constantFrom("x", "y"), { minKeys: 1, maxKeys: 2 });
  const metadata = fc.record({ name: fc.constant("drawn"), labels, annotations: labels, finalizers: fc.constantFrom(["example.com/a"], ["example.com/b", "example.com/a"]) }, { requiredKeys: ["name"] });
  return fc.tuple(metadata, arbitraryOfOpenApi(componentsOf.get(key), type)).map(([meta, own]) => ({ ...typeMeta, metadata: meta, ...own }) as unknown as KubeObject);
}

describe.each(versions)("%s", (_name, place) => {
  const schema = schemaOf(place.type);
  const target = { ...place, kind: place.kind.kind, schema };
  const check = (property: (object: KubeObject) => void) => fc.assert(fc.property(drawn(place), property), parameters);

  test("what OpenAPI allows is decoded, strictly and whole", () => check((object) => {
    const { object: decoded, warnings } = decodeObject(JSON.stringify(object), target, "Strict");
    expect(warnings).toEqual([]);
    expect(plain(decoded)).toEqual(plain(object));
    expect(decodeObject(JSON.stringify(decoded), target, "Strict").object).toEqual(decoded);
  }));

  test("YAML says the same", () => check((object) => { expect(JSON.parse(yamlToJson(yamlOf(object)))).toEqual(object); }));

  test("protobuf says the same", () => check((object) => {
    if (!hasProtobuf(object.apiVersion, object.kind)) return;
    const { object: decoded } = decodeObject(JSON.stringify(object), target, "Strict");
    expect(plain(decodeProtobuf(encodeProtobuf(structuredClone(decoded))).object)).toEqual(plain(object));
  }));

  test("merged strategically into nothing, or into itself, it is itself", () => check((object) => {
    const empty = { apiVersion: object.apiVersion, kind: object.kind, metadata: { name: "drawn" } } as KubeObject;
    expect(applyStrategicMergePatch(empty, JSON.stringify(object), schema)).toEqual(object);
    expect(applyStrategicMergePatch(structuredClone(object), JSON.stringify(object), schema)).toEqual(object);
  }));

  test("applied it is itself, and applied again it changes nothing", () => check((object) => {
    const options = { ...write, apiVersion: object.apiVersion };
    const applied = applyServerSide(undefined, structuredClone(object), schema, options);
    const { managedFields, ...metadata } = applied.metadata;
    expect({ ...applied, metadata }).toEqual(object);
    expect(managedFields?.length ?? 0).toBe(saysAnything(object) ? 1 : 0); // who says nothing owns nothing
    expect(applyServerSide(applied, structuredClone(object), schema, options)).toBe(applied);
    const withdrawn = applyServerSide(applied, { apiVersion: object.apiVersion, kind: object.kind, metadata: { name: "drawn" } } as KubeObject, schema, options);
    expect(plain({ ...withdrawn, metadata: undefined })).toEqual(plain({ apiVersion: object.apiVersion, kind: object.kind }));
  }));
});

const stored = versions.filter(([, { kind }]) => !kind.evaluate && (!kind.verbs || kind.verbs.includes("create")));

test.each(stored)("%s: what is taken is kept, whichever way it comes and goes", async (_name, place) => {
  await using api = new TestApi();
  await api.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: "default" } });
  const example = await exampleIn(place, api);
  let [count, taken] = [0, 0];
  await fc.assert(fc.asyncProperty(drawn(place), fc.nat(), async (object, part) => {
    // Most that is drawn makes no sense to a kind: one part of it is laid over what does.
    const { metadata, apiVersion, kind, ...own } = object;
    const sent = { ...overlaid(structuredClone(example), onePart(own, part)) as KubeObject, apiVersion, kind };
    sent.metadata = { ...metadata, ...sent.metadata };
    if (example.metadata.name !== undefined) sent.metadata = { ...sent.metadata, ...(nameless(place.kind) ? {} : { name: `n-${count++}` }) };
    const { status, body: created } = await api.post(sent);
    if (status !== 201) return;
    taken++;
    expect(await api.get(created)).toEqual(created);
    expect(await api.replace(structuredClone(created))).toEqual(created);
    const again = await api.strategicPatch(created, withoutServers(created));
    expect(again.status, JSON.stringify(again.body)).toBe(200);
    expect(again.body).toEqual(created);
    const applied = await api.apply(withoutServers(created), { force: true });
    expect(applied.status, JSON.stringify(applied.body)).toBe(200);
    expect(unversioned(applied.body)).toEqual(unversioned(created));
    await api.mergePatch(created, { metadata: { finalizers: null } });
    await api.send("DELETE", api.path(created, created.metadata.name), { body: { gracePeriodSeconds: 0 } });
  }), parameters);
  expect(taken, "nothing that was drawn was taken").toBeGreaterThan(0);
}, 600_000);

/** One way down into a value, with all that is at its end. */
function onePart(value: object, choice: number): object {
  const entries = Object.entries(value);
  if (entries.length === 0 || Array.isArray(value)) return value;
  const [key, member] = entries[choice % entries.length]!;
  return { [key]: typeof member === "object" && member !== null ? onePart(member, Math.floor(choice / 7)) : member };
}

/** The example in the version at hand, as the server converts it. */
async function exampleIn({ kind, group, version }: Place, api: TestApi): Promise<KubeObject> {
  const example = kind.example!() as KubeObject;
  const apiVersion = group ? `${group}/${version}` : version;
  if (example.apiVersion === apiVersion) return example;
  await api.create(structuredClone(example));
  const { metadata: { name, namespace }, ...rest } = await api.get({ ...example, apiVersion });
  return { ...rest, ...WANTED_IN[apiVersion], metadata: { name, ...(namespace && { namespace }) } } as KubeObject;
}

/** What a version wants and another does without. */
const WANTED_IN: Readonly<Record<string, object>> = {
  "events.k8s.io/v1": { eventTime: "2026-01-01T00:00:00.000000Z", reportingController: "example.com/controller", reportingInstance: "one", action: "Acting", reason: "Reason", type: "Normal" },
};

const saysAnything = ({ apiVersion: _, kind: __, metadata: { name: ___, ...metadata }, ...own }: KubeObject): boolean => Object.keys(own).length + Object.keys(metadata).length > 0;

/** Kinds whose names are not free to choose. */
const nameless = ({ resource }: Kind): boolean => ["customresourcedefinitions", "apiservices", "ipaddresses", "csinodes"].includes(resource);

function withoutServers(object: KubeObject): KubeObject {
  const { managedFields: _, resourceVersion: __, ...metadata } = object.metadata;
  return { ...structuredClone(object), metadata };
}

function unversioned(object: KubeObject): object {
  const { managedFields: _, resourceVersion: __, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** Go writes empty structs, lists and quantities where a client left them out, and leaves out what is zero. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.length > 0 ? value.map((item) => plain(item) ?? {}) : undefined;
  if (typeof value !== "object" || value === null) return value === "" || value === "0" || value === 0 || value === null || value === false ? undefined : value;
  const members = Object.entries(value).map(([k, v]) => [k, plain(v)] as const).filter(([, v]) => v !== undefined);
  return members.length > 0 ? Object.fromEntries(members) : undefined;
}
