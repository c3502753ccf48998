// `npm test`: every check there is, in the order in which they fail fastest. Prints one closing line with the counts of the tests.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const DIST = join(ROOT, "dist", "check");
/** What we allow the Worker, compressed; the platform would take 3 MB on its free plan. */
const BUNDLE_GZIP_BYTES_MAX = 1_500_000;

interface Step { name: string; command: readonly string[]; after?: () => string }

const vitest = (project: string): Step => ({
  name: `tests: ${project}`,
  command: ["vitest", "run", "--project", project, "--reporter=default", "--reporter=json", `--outputFile.json=${join(DIST, `${project}.json`)}`],
});

const STEPS: readonly Step[] = [
  { name: "types", command: ["tsc", "-p", "tsconfig.json"] },
  { name: "lint", command: ["oxlint", "--quiet"] },
  { name: "agent bundle", command: ["node", "cli/bundle.ts", "agent"] },
  { name: "bundle", command: ["wrangler", "deploy", "--dry-run", "--outdir", join(DIST, "worker")], after: bundleSize },
  vitest("node"),
  vitest("workerd"),
  vitest("e2e"),
];

async function main(): Promise<number> {
  rmSync(DIST, { recursive: true, force: true });
  mkdirSync(DIST, { recursive: true });
  const wanted = process.argv.slice(2);
  const failed: string[] = [];
  for (const step of STEPS.filter((s) => wanted.length === 0 || wanted.some((w) => s.name.includes(w)))) {
    const begunMs = Date.now();
    const ok = await passes(step);
    process.stdout.write(`${ok ? "ok    " : "FAILED"} ${step.name} (${((Date.now() - begunMs) / 1000).toFixed(1)} s)\n`);
    if (!ok) failed.push(step.name);
  }
  if (failed.length > 0) process.stdout.write(`failed: ${failed.join(", ")}\n`);
  const { passedTests, failedTests } = testCounts();
  process.stdout.write(`\n${passedTests} passed, ${failedTests} failed\n`);
  return failed.length === 0 ? 0 : 1;
}

async function passes(step: Step): Promise<boolean> {
  const [command, ...args] = step.command;
  const child = spawn(join(ROOT, "node_modules", ".bin", command!), args, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });
  const code = await new Promise<number>((resolve) => child.on("exit", (status) => resolve(status ?? 1)).on("error", () => resolve(1)));
  if (code !== 0) return false;
  try {
    if (step.after) process.stdout.write(`       ${step.after()}\n`);
    return true;
  } catch (error) {
    process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return false;
  }
}

function bundleSize(): string {
  const bundle = readFileSync(join(DIST, "worker", "worker.js"));
  // One character beyond ASCII doubles the memory of the whole source: V8 keeps it in two bytes a character then.
  const at = bundle.findIndex((byte) => byte > 0x7f);
  if (at >= 0) throw new Error(`the Worker is not ASCII: ${bundle.subarray(Math.max(0, at - 60), at + 20).toString()}`);
  const compressed = gzipSync(bundle).length;
  if (compressed > BUNDLE_GZIP_BYTES_MAX) throw new Error(`the Worker has ${compressed} bytes compressed; at most ${BUNDLE_GZIP_BYTES_MAX} are allowed`);
  return `Worker: ${bundle.length} bytes, ${compressed} compressed`;
}

function testCounts(): { passedTests: number; failedTests: number } {
  const reports = existsSync(DIST) ? readdirSync(DIST).filter((name) => name.endsWith(".json")) : [];
  const counts = reports.map((name) => JSON.parse(readFileSync(join(DIST, name), "utf8")) as { numPassedTests: number; numFailedTests: number });
  return {
    passedTests: counts.reduce((sum, c) => sum + c.numPassedTests, 0),
    failedTests: counts.reduce((sum, c) => sum + c.numFailedTests, 0),
  };
}

process.exit(await main());
