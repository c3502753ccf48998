import { writeFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { isRoot, startTestControlPlane, startTestInstallation } from "../test/e2e/support/installation.ts";
import { type Figure, table } from "./figure.ts";
import { clusters } from "./figures/clusters.ts";
import { cold } from "./figures/cold.ts";
import { definitions } from "./figures/definitions.ts";
import { fanOut } from "./figures/fan-out.ts";
import { lists } from "./figures/lists.ts";
import { memory } from "./figures/memory.ts";
import { objects } from "./figures/objects.ts";
import { pods } from "./figures/pods.ts";
import { rows } from "./figures/rows.ts";
import { sleep } from "./figures/sleep.ts";
import { start } from "./figures/start.ts";
import type { Benchmark, Target } from "./target.ts";

/** `npm run bench`: measures a fresh installation on this machine and prints one table. See README.md. */
const BENCHMARKS: readonly Benchmark[] = [pods, memory, objects, fanOut, rows, clusters, lists, sleep, start, cold, definitions];

const HELP = `npm run bench -- [options]

  --json FILE    also write the figures as JSON: [{ name, unit, value, p50?, p99? }]
  --only A,B     only these: ${BENCHMARKS.map(({ name }) => name).join(", ")}
  --quick        shorter measurements
  --no-agent     without a node, so without figures about pods
`;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: {
    json: { type: "string" }, only: { type: "string" }, quick: { type: "boolean", default: false }, "no-agent": { type: "boolean", default: false }, help: { type: "boolean", short: "h" },
  } });
  if (values.help) return void process.stdout.write(HELP);
  const wanted = values.only?.split(",");
  const chosen = BENCHMARKS.filter(({ name }) => !wanted || wanted.includes(name));
  if (chosen.length === 0) throw new Error(`there is no such benchmark\n\n${HELP}`);
  const withNode = isRoot && !values["no-agent"] && chosen.some(({ needsNode }) => needsNode);
  const figures: Figure[] = [];
  const [load] = loadavg();
  if (load! > availableParallelism() / 4) say(`other work runs on this machine (load ${load!.toFixed(1)}): throughput and latencies will look worse than they are`);
  const installation = withNode ? await startTestInstallation({ nodes: 1 }) : await startTestControlPlane();
  try {
    const { origin, caPem, token } = installation;
    const target: Target = { origin, caPem, token, installation, quick: values.quick };
    for (const benchmark of chosen) {
      if (benchmark.needsNode && !withNode) {
        say(`skipped ${benchmark.name}: it needs a node, so root and no --no-agent`);
        continue;
      }
      say(`measuring ${benchmark.name}`);
      figures.push(...await benchmark.run(target));
    }
  } finally {
    await installation.stop();
  }
  process.stdout.write(`${table(figures)}\n`);
  if (values.json) writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`);
}

const say = (text: string) => process.stderr.write(`${text}\n`);

await main();
