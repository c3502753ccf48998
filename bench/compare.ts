// `npm run bench:compare -- ../other-checkout`: this checkout's control plane against another's, by turns.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Connection } from "./connection.ts";
import { load, openConnections } from "./load.ts";
import { configMap, createNamespace, type Target } from "./target.ts";

const HELP = `npm run bench:compare -- CHECKOUT [--pairs N]

  Starts the control planes of CHECKOUT (set up before: npm test -- types there) and of this one, and lets them work by
  turns in short blocks: gets and creates of ConfigMaps by 16 clients. What the machine does meanwhile then meets both.
`;
const CLIENTS = 16;
const BLOCKS = { get: 300, create: 150 };
const WARM_UP = 3_000;

type Verb = keyof typeof BLOCKS;
interface Block { cpuMicroseconds: number; perSecond: number }
interface Side { block(verb: Verb): Promise<Block>; stop(): Promise<void> }

async function main(): Promise<void> {
  const { values, positionals: [other] } = parseArgs({ allowPositionals: true, options: { pairs: { type: "string", default: "150" }, help: { type: "boolean", short: "h" } } });
  if (values.help || other === undefined) return void process.stdout.write(HELP);
  const pairs = Number(values.pairs);
  if (!Number.isInteger(pairs) || pairs < 1) throw new Error(`--pairs takes a whole number from 1, not "${values.pairs}"`);
  const there = await start(resolve(other));
  try {
    const here = await start(join(import.meta.dirname, ".."));
    try {
      for (const verb of Object.keys(BLOCKS) as Verb[]) process.stdout.write(`${await compared(verb, [there, here], pairs)}\n`);
    } finally {
      await here.stop();
    }
  } finally {
    await there.stop();
  }
}

/** Which of the two begins changes from pair to pair. */
async function compared(verb: Verb, sides: readonly [Side, Side], pairs: number): Promise<string> {
  const blocks: [Block[], Block[]] = [[], []];
  for (let pair = 0; pair < pairs; pair++) {
    for (const i of pair % 2 === 0 ? [0, 1] as const : [1, 0] as const) blocks[i].push(await sides[i].block(verb));
  }
  const [there, here] = blocks;
  const ratios = here.map((block, i) => block.cpuMicroseconds / there[i]!.cpuMicroseconds);
  const cpu = (quantile: number) => blocks.map((of) => at(of.map(({ cpuMicroseconds }) => cpuMicroseconds), quantile).toFixed(0)).join(" / ");
  const rate = (quantile: number) => blocks.map((of) => at(of.map(({ perSecond }) => perSecond), quantile).toFixed(0)).join(" / ");
  return `${verb}, other / this: CPU of workerd ${cpu(0.5)} µs (best tenth ${cpu(0.1)}), ratio by pair ${at(ratios, 0.5).toFixed(3)}; ${rate(0.5)} per s (best tenth ${rate(0.9)})`;
}

const at = (numbers: readonly number[], quantile: number): number => numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) * quantile)]!;

async function start(checkout: string): Promise<Side> {
  process.chdir(checkout);
  const { startTestControlPlane } = await import(join(checkout, "test/e2e/support/installation.ts")) as typeof import("../test/e2e/support/installation.ts");
  const installation = await startTestControlPlane();
  const { origin, caPem, token, controlPlane } = installation;
  const target = { origin, caPem, token, installation, quick: false } as Target;
  await createNamespace(target, "compare");
  const path = "/api/v1/namespaces/compare/configmaps";
  const connections = await openConnections(target, CLIENTS);
  let created = 0;
  const run = async (verb: Verb, count: number) => {
    const first = created;
    if (verb === "create") created += count;
    const operate = (c: Connection, i: number) => (verb === "create" ? c.request("POST", path, configMap(`c-${first + i}`, i)) : c.request("GET", `${path}/c-${i % WARM_UP}`));
    return await load(connections, { ms: 60_000, count, expect: verb === "create" ? 201 : 200, operate });
  };
  await run("create", WARM_UP);
  await run("get", WARM_UP);
  return {
    async block(verb) {
      const before = cpuMicroseconds(controlPlane.pid()!);
      const { perSecond, count } = await run(verb, BLOCKS[verb]);
      return { cpuMicroseconds: (cpuMicroseconds(controlPlane.pid()!) - before) / count, perSecond };
    },
    async stop() {
      for (const connection of connections) connection.close();
      await installation.stop();
    },
  };
}

/** Of all threads, as the scheduler counts it. */
const cpuMicroseconds = (pid: number): number =>
  readdirSync(`/proc/${pid}/task`).reduce((sum, task) => sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]) / 1000, 0);

await main();
