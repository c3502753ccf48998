import { Agent, request } from "node:https";
import { startTestControlPlane, type TestInstallation } from "../../test/e2e/support/installation.ts";
import { type Figure, median } from "../figure.ts";
import type { Benchmark } from "../target.ts";

/** The first of every question that clients ask before they do anything: on control planes of their own, since each can be asked first only once. */
export const cold: Benchmark = {
  name: "cold",
  async run({ quick }) {
    const runs: Record<string, number>[] = [];
    for (let i = 0; i < (quick ? 1 : 5); i++) runs.push(await firstQuestions());
    return Object.keys(runs[0]!).map((name): Figure => ({ name, unit: "ms", value: median(runs.map((run) => run[name]!)) }));
  },
};

const JSON_TYPE = "application/json";
const DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
const PROTOBUF = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
/** In the order in which kubectl asks; the index of v3 comes last, since it hashes every document. */
const QUESTIONS: readonly (readonly [name: string, path: string, accept: string])[] = [
  ["discovery", "/apis", DISCOVERY],
  ["OpenAPI v3 of apps/v1", "/openapi/v3/apis/apps/v1", JSON_TYPE],
  ["OpenAPI v2 in protobuf", "/openapi/v2", PROTOBUF],
  ["OpenAPI v3 index", "/openapi/v3", JSON_TYPE],
];
const REPEATS = 20;

async function firstQuestions(): Promise<Record<string, number>> {
  const installation = await startTestControlPlane();
  const client = new Client(installation);
  try {
    await client.ask("/api/v1/namespaces/default"); // connected, and the cluster is awake
    const times: Record<string, number> = {};
    const etags: string[] = [];
    for (const [name, path, accept] of QUESTIONS) {
      const { ms, etag } = await client.ask(path, { accept });
      times[`${name}, from cold`] = ms;
      etags.push(etag);
    }
    for (const [i, [name, path, accept]] of QUESTIONS.entries()) {
      const known: number[] = [];
      for (let n = 0; n < REPEATS; n++) known.push((await client.ask(path, { accept, "if-none-match": etags[i]! }, 304)).ms);
      times[`${name}, known by its ETag`] = median(known);
    }
    return { ...times, "definition created to served": await createdToServed(client) };
  } finally {
    client.close();
    await installation.stop();
  }
}

/** From the POST of a definition to the answer of a list of its resources. */
async function createdToServed(client: Client): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < REPEATS; i++) {
    const [group, plural] = [`g${i}.example.com`, `things${i}`];
    const schema = { type: "object", properties: { spec: { type: "object", properties: Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`field${n}`, { type: "string", description: "One of many.", maxLength: 100 }])) } } };
    const definition = {
      apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: `${plural}.${group}` },
      spec: { group, scope: "Namespaced", names: { plural, kind: `Thing${i}` }, versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }] },
    };
    const created = await client.ask("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {}, 201, JSON.stringify(definition));
    const served = await client.ask(`/apis/${group}/v1/namespaces/default/${plural}`);
    times.push(created.ms + served.ms);
  }
  return median(times);
}

/** One keep-alive connection, of which headers are sent and read. */
class Client {
  readonly #installation: TestInstallation;
  readonly #agent: Agent;

  constructor(installation: TestInstallation) {
    this.#installation = installation;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1, ca: installation.caPem });
  }

  ask(path: string, headers: Record<string, string> = {}, expected = 200, body?: string): Promise<{ ms: number; etag: string }> {
    const begun = performance.now();
    const { origin, token } = this.#installation;
    const options = { agent: this.#agent, method: body === undefined ? "GET" : "POST", headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { "content-type": JSON_TYPE }), ...headers } };
    return new Promise((resolve, reject) => {
      request(origin + path, options, (answer) => {
        answer.on("error", reject).resume().on("end", () => {
          if (answer.statusCode === expected) resolve({ ms: performance.now() - begun, etag: answer.headers.etag ?? "" });
          else reject(new Error(`${path}: expected ${expected}, got ${answer.statusCode}`));
        });
      }).on("error", reject).end(body);
    });
  }

  close(): void { this.#agent.destroy(); }
}
