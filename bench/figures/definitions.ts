import { type Figure, percentile } from "../figure.ts";
import { load, openConnections } from "../load.ts";
import { type Benchmark, residentMb } from "../target.ts";

const ROOT = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const PER_GROUP = 5;
const PROPERTIES = 200;

/** Many definitions with schemas of about 23 KB: what one more costs, and what requests cost that have to do with one or with all of them. */
export const definitions: Benchmark = {
  name: "definitions",
  async run(target) {
    const count = target.quick ? 100 : 1_000;
    const shown = count.toLocaleString("en-US");
    const [connection] = await openConnections(target, 1);
    const get = (path: string) => connection!.request("GET", path, undefined, { discard: true });
    const expected = (answer: { status: number; body: Buffer }, status: number) => {
      if (answer.status !== status) throw new Error(`expected ${status}, got ${answer.status}: ${answer.body.toString("utf8").slice(0, 500)}`);
    };
    const ms: { created: number[]; served: number[] } = { created: [], served: [] };
    for (let i = 0; i < count; i++) {
      const begun = performance.now();
      expected(await connection!.request("POST", ROOT, definition(i)), 201);
      ms.created.push(performance.now() - begun);
      if (i % 20 !== 0) continue;
      expected(await get(resources(i)), 200);
      ms.served.push(performance.now() - begun);
    }
    expected(await connection!.request("POST", resources(0), JSON.stringify({ apiVersion: "g0.bench.io/v1", kind: "Thing0", metadata: { name: "a" }, spec: { field0: "a" } })), 201);
    const one = await load([connection!], { ms: 2_000, expect: 200, operate: () => connection!.request("GET", `${resources(0)}/a`) });
    const figures: Figure[] = [
      { name: "definition created, many of 23 KB", unit: "ms", value: percentile(ms.created, 0.5), p50: percentile(ms.created, 0.5), p99: percentile(ms.created, 0.99) },
      { name: "definition created to served, many of 23 KB", unit: "ms", value: percentile(ms.served, 0.5), p50: percentile(ms.served, 0.5), p99: percentile(ms.served, 0.99) },
      { name: `get of a custom resource beside ${shown} definitions`, unit: "requests/s", value: one.perSecond, p50: one.p50, p99: one.p99 },
    ];
    for (const [name, path] of [["discovery", "/apis"], ["OpenAPI v3: index", "/openapi/v3"], ["OpenAPI v3: one group", "/openapi/v3/apis/g1.bench.io/v1"], ["OpenAPI v2", "/openapi/v2"]] as const) {
      const begun = performance.now();
      expected(await get(path), 200);
      figures.push({ name: `${name} with ${shown} definitions`, unit: "ms", value: performance.now() - begun });
    }
    figures.push({ name: `control plane with ${shown} definitions: resident memory`, unit: "MB", value: residentMb(target.installation.controlPlane.pid()!) });
    connection!.close();
    return figures;
  },
};

const resources = (i: number) => `/apis/g${Math.floor(i / PER_GROUP)}.bench.io/v1/namespaces/default/things${i}`;

function definition(i: number): string {
  const group = `g${Math.floor(i / PER_GROUP)}.bench.io`;
  const properties = Object.fromEntries(Array.from({ length: PROPERTIES }, (_, p) => [`field${p}`, { type: "string", maxLength: 64, description: `The ${p}th field of this resource, described at the length that is usual.` }]));
  return JSON.stringify({
    apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: `things${i}.${group}` },
    spec: {
      group, scope: "Namespaced", names: { plural: `things${i}`, kind: `Thing${i}` },
      versions: [{ name: "v1", served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: { type: "object", properties: { spec: { type: "object", properties } } } } }],
    },
  });
}
