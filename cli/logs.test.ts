import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { logs, sourcePlaces } from "./logs.ts";

const dir = mkdtempSync("/tmp/isopod-logs-");
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test("places in the bundle become those of the sources", async () => {
  writeFileSync(join(dir, "broken.ts"), "/* first line */\nfunction explode(): never {\n  throw new Error('boom');\n}\nexplode();\n");
  await build({ entryPoints: [join(dir, "broken.ts")], outfile: join(dir, "worker.js"), bundle: true, format: "esm", minify: true, sourcemap: true });
  const { stderr: stack } = spawnSync(process.execPath, [join(dir, "worker.js")], { encoding: "utf8" });
  expect(stack).toMatch(/worker\.js:1:\d+/);
  expect(sourcePlaces(join(dir, "worker.js.map"))(stack)).toMatch(/broken\.ts:3:9\)?\n/);
});

test("what no map knows stays as it is", () => {
  expect(sourcePlaces(join(dir, "absent.map"))("at worker.js:1:2, or other.js:1:2")).toBe("at worker.js:1:2, or other.js:1:2");
});

test("a folder without a log is told", async () => {
  await expect(logs(["--data-dir", dir])).rejects.toThrow(`there is no log ${dir}/workerd.log`);
});
