import { spawn } from "node:child_process";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { all } from "./hostile/inputs.ts";
import type { Answered } from "./hostile/main.ts";

/**
 * Whoever may send requests may send bad ones: of up to 100 KB, made to be dear. None costs more than 50 ms, none fails the
 * server, and all of them fit into a heap with 64 MB above what the server itself needs (about 60 MB on Node).
 */
const CPU_MS_MAX = 50;
const BYTES_MAX = 100_000;
const HEAP_MB = 128;

const answers = new Map<string, Answered>();
let exit: { code: number | null; errors: string };

beforeAll(async () => {
  const child = spawn(process.execPath, [`--max-old-space-size=${HEAP_MB}`, join(import.meta.dirname, "hostile/main.ts")], { stdio: ["ignore", "pipe", "pipe"] });
  let [output, errors] = ["", ""];
  child.stdout.on("data", (text) => { output += text; });
  child.stderr.on("data", (text) => { errors += text; });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  for (const line of output.split("\n")) {
    if (!line.startsWith('{"name":')) continue; // the server's log
    const answer = JSON.parse(line) as Answered;
    answers.set(answer.name, answer);
  }
  exit = { code, errors };
}, 300_000);

test("the server outlives all of them, in the memory that it has", () => {
  expect(exit.code, exit.errors.slice(0, 2000)).toBe(0);
  expect(exit.errors).toBe("");
});

test("every input has a name of its own", () => expect(new Set(all.map(({ name }) => name)).size).toBe(all.length));

test("each is answered in time, and with a reason if it is refused", () => {
  expect(all.filter(({ name }) => !answers.has(name)).map(({ name }) => name), "not answered at all").toEqual([]);
  expect([...answers.values()].filter(({ bytes }) => bytes > BYTES_MAX), "no longer small").toEqual([]);
  expect([...answers.values()].filter(({ status, isStatus }) => status >= 500 || !isStatus), "failed").toEqual([]);
  expect([...answers.values()].filter(({ cpuMs }) => cpuMs > CPU_MS_MAX), "too dear").toEqual([]);
});
