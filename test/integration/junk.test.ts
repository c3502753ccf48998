import { describe, test } from "vitest";
import { builtinKinds } from "../../src/kinds/index.ts";
import type { Kind } from "../../src/kinds/kind.ts";
import type { KubeObject } from "../../src/kinds/object.ts";
import { ApiError } from "../../src/lib/errors.ts";
import { Seeded } from "../harness/seeded.ts";
import { TestApi, type Answer } from "../harness/test-api.ts";

/** Bad input is the client's fault: whatever stands wherever in an object, no answer is a 500. `JUNK_SEED` tries others. */
const ROUNDS = 60;
const junk: readonly unknown[] = [
  null, 0, -1, 1e21, 1.5, "", "x", "a/b/c", "\u0000", true, [], {}, [null], [[]], { a: null }, ["a"], "10Gi", "9".repeat(40), "__proto__",
  [{}], { "": "" }, { matchLabels: 3 }, 2147483648, "-1", "50%", "2026-01-01T00:00:00Z",
];
const queries = ["labelSelector", "fieldSelector", "continue", "limit", "resourceVersion", "resourceVersionMatch", "timeoutSeconds"];
const texts = ["", "x", "a=b", "a in (", "x==", "eyJ2IjoxfQ", "metadata.name=a,", "-5", "99999999", "true"];
type Path = readonly (string | number)[];

describe.each(builtinKinds.filter((kind) => !kind.verbs || kind.verbs.includes("create")).map((kind) => [kind.kind, kind] as const))("%s", (_name, kind) => {
  test("junk anywhere in an object or a query is refused or taken, never an error of ours", async () => {
    await using api = new TestApi();
    await api.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } } as KubeObject);
    const random = new Seeded(Number(process.env.JUNK_SEED ?? 1));
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random.next() * list.length)]!;
    const example = kind.example!() as KubeObject;
    const live = kind.evaluate ? undefined : await api.create(example);
    for (let round = 0; round < ROUNDS; round++) {
      const base = live && random.next() < 0.5 ? live : example;
      const spoilt = spoil(base, pick(pathsOf(base)), pick(junk));
      if (typeof spoilt.metadata === "object" && spoilt.metadata !== null) delete spoilt.metadata.resourceVersion;
      await blameless(() => api.send("POST", api.path(example), { body: { ...spoilt, metadata: renamed(spoilt.metadata, `n${round}`) }, query: pick(["", "dryRun=All", "fieldValidation=Strict"]) }));
      if (live) await writeOver(api, kind, live, spoilt, { path: pick(pathsOf(live)), value: pick(junk) });
      await blameless(() => api.list(example, { query: { [pick(queries)]: pick(texts) } }));
      blamelessNow(() => api.watch(example, { query: { [pick(queries)]: pick(texts) } }).events);
    }
  });
});

async function writeOver(api: TestApi, kind: Kind, live: KubeObject, spoilt: KubeObject, { path, value }: { path: Path; value: unknown }): Promise<void> {
  const url = api.path(live, live.metadata.name);
  await blameless(() => api.send("PUT", url, { body: spoilt }));
  for (const method of ["mergePatch", "strategicPatch"] as const) await blameless(() => api[method](live, spoilt));
  await blameless(() => api.send("PATCH", url, { body: spoilt, patchType: "application/apply-patch+yaml", query: "fieldManager=x&force=true" }));
  for (const op of ["add", "remove", "replace", "test"]) await blameless(() => api.jsonPatch(live, [{ op, path: `/${path.join("/")}`, value }]));
  await blameless(() => api.delete(live, { query: "dryRun=All", body: { propagationPolicy: value, preconditions: value } }));
  for (const [subresource, door] of Object.entries(kind.subresources ?? {})) {
    if (door.type === "view" || door.type === "scale") await blameless(() => api.mergePatch(live, spoilt, { subresource }));
    if (door.type !== "action") continue;
    const { group, version, kind: input } = door.input;
    await blameless(() => api.send("POST", `${url}/${subresource}`, { body: { apiVersion: group ? `${group}/${version}` : version, kind: input, metadata: { name: live.metadata.name }, spec: value, target: value } }));
  }
}

/** TestApi throws what would have been a 500. A Timeout is an answer as well. */
async function blameless(send: () => Promise<Answer>): Promise<void> {
  await send();
}

function blamelessNow(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  const below = Object.entries(value).flatMap(([key, child]) => pathsOf(child, [...path, Array.isArray(value) ? Number(key) : key]));
  return path.length > 0 ? [path, ...below] : below;
}

function spoil(obj: KubeObject, path: Path, value: unknown): KubeObject {
  const copy = structuredClone(obj);
  let parent: any = copy;
  for (const step of path.slice(0, -1)) parent = parent[step];
  parent[path.at(-1)!] = value;
  return copy;
}

const renamed = (metadata: unknown, name: string): unknown => (typeof metadata === "object" && metadata !== null && !Array.isArray(metadata) ? { ...metadata, name } : metadata);
