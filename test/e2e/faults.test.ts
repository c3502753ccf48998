import { mkdtempSync, rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RawClient } from "./support/http.ts";
import { startTestControlPlane, type TestInstallation } from "./support/installation.ts";
import { RecordedWatch } from "./support/recorded-watch.ts";

/**
 * `kill -9` of workerd under 32 writers. What each client did and was told is recorded, and judged afterwards: every
 * acknowledged write is there, and what watchers saw, resuming from their last revision, is the whole history once.
 */
const WRITERS = 32;
const KILLS = 4;
const BETWEEN_KILLS_MS = 2_000;
const MAPS = "/api/v1/namespaces/default/configmaps";

interface Acknowledged { name: string; operation: "create" | "update" | "delete"; revision: number | undefined; value: string }

let dataDir: string;
let installation: TestInstallation;
let client: RawClient;

beforeAll(async () => {
  dataDir = mkdtempSync("/tmp/iso-");
  installation = await startTestControlPlane({ dataDir });
  client = new RawClient(installation);
});
afterAll(async () => {
  client?.[Symbol.dispose]();
  await installation?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

test("kill -9 loses no acknowledged write, and watchers miss and repeat nothing", async () => {
  const { metadata } = await list();
  const watchers = Array.from({ length: 4 }, () => new RecordedWatch(installation, MAPS, Number(metadata.resourceVersion)));
  const history: Acknowledged[] = [];
  const writing = { on: true };
  const writers = Array.from({ length: WRITERS }, (_, i) => write(i, history, writing));
  for (let i = 0; i < KILLS; i++) {
    await pause(BETWEEN_KILLS_MS);
    process.kill(installation.controlPlane.pid()!, "SIGKILL");
  }
  await pause(BETWEEN_KILLS_MS);
  writing.on = false;
  await Promise.all(writers);

  const present = new Map((await list()).items.map((item) => [item.metadata.name, item]));
  const last = Math.max(...watchers.map((w) => w.events.at(-1)?.revision ?? 0), ...[...present.values()].map((item) => Number(item.metadata.resourceVersion)));
  await expect.poll(() => watchers.every((w) => (w.events.at(-1)?.revision ?? 0) >= last), { timeout: 10_000 }).toBe(true);
  await pause(200);
  for (const watcher of watchers) watcher.stop();

  expect(history.length).toBeGreaterThan(1_000);
  for (const watcher of watchers) {
    expect(watcher.opened).toBeGreaterThan(KILLS);
    expect(isStrictlyAscending(watcher.events.map((e) => e.revision))).toBe(true);
    expect(watcher.events).toEqual(watchers[0]!.events);
  }
  judge(history, watchers[0]!, present);
}, 60_000);

test("a restart on the same data directory serves what was there", async () => {
  const before = await list();
  const { port } = new URL(installation.origin);
  client[Symbol.dispose]();
  await installation.stop();
  installation = await startTestControlPlane({ dataDir, port: Number(port) });
  client = new RawClient(installation);
  expect(await list()).toEqual(before);
});

function judge(history: readonly Acknowledged[], { events }: RecordedWatch, present: ReadonlyMap<string, Item>): void {
  const byRevision = new Map(events.map((event) => [event.revision, event]));
  const deleted = new Set(events.filter((event) => event.type === "DELETED").map((event) => event.name));
  const lost = history.filter(({ name, operation, revision, value }) => {
    if (operation === "delete") return !deleted.has(name) || present.has(name);
    const event = byRevision.get(revision!);
    return event?.name !== name || event.value !== value || event.type !== (operation === "create" ? "ADDED" : "MODIFIED");
  });
  expect(lost).toEqual([]);

  const replayed = new Map<string, number>();
  for (const { type, name, revision } of events) {
    if (type === "DELETED") replayed.delete(name);
    else replayed.set(name, revision);
  }
  const stored = new Map([...present].filter(([name]) => name.startsWith("w-")).map(([name, item]) => [name, Number(item.metadata.resourceVersion)]));
  expect(replayed).toEqual(stored);
}

/** Creates, updates, and deletes every second object; what was not answered may or may not have happened. */
async function write(writer: number, history: Acknowledged[], writing: { on: boolean }): Promise<void> {
  for (let i = 0; writing.on; i++) {
    const name = `w-${writer}-${i}`;
    for (const operation of ["create", "update", "delete"] as const) {
      if (operation === "delete" && i % 2 === 0) continue;
      const value = `${operation} ${"x".repeat(1_000)}`;
      const answer = await client.send(requestOf(operation, name, value)).catch(() => undefined);
      if (!answer) {
        await pause(50);
        break;
      }
      expect(answer.status, answer.text).toBeLessThan(300);
      const { metadata } = JSON.parse(answer.text) as Item;
      history.push({ name, operation, value, revision: operation === "delete" ? undefined : Number(metadata.resourceVersion) });
    }
  }
}

function requestOf(operation: Acknowledged["operation"], name: string, value: string) {
  const path = operation === "create" ? MAPS : `${MAPS}/${name}`;
  if (operation === "delete") return { method: "DELETE", path };
  const body = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { value } });
  return { method: operation === "create" ? "POST" : "PUT", path, body, headers: { "content-type": "application/json" } };
}

interface Item { metadata: { name: string; resourceVersion: string } }

async function list(): Promise<{ metadata: { resourceVersion: string }; items: Item[] }> {
  const { status, text } = await client.send({ path: MAPS });
  expect(status, text.slice(0, 200)).toBe(200);
  return JSON.parse(text) as { metadata: { resourceVersion: string }; items: Item[] };
}

const isStrictlyAscending = (numbers: readonly number[]): boolean => numbers.every((n, i) => i === 0 || n > numbers[i - 1]!);
const pause = (ms: number) => new Promise<void>((resolve) => { setTimeout(resolve, ms); });
