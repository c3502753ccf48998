import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { FrameType } from "../../protocol/tunnel.ts";
import { copyLog } from "./logs.ts";
import { parseLogQuery } from "./log-query.ts";
import { TunnelStream } from "./stream.ts";

const dir = mkdtempSync(join(tmpdir(), "isopod-logs-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const path = join(dir, "0.log");
writeFileSync(path, [
  "2026-01-01T00:00:00.1Z stdout F one", "2026-01-01T00:00:01.1Z stderr F two", "2026-01-01T00:00:02.1Z stdout P thr", "2026-01-01T00:00:02.2Z stdout F ee", "2026-01-01T00:00:03.1Z stdout F four", "",
].join("\n"));

async function read(query: string): Promise<string> {
  let text = "";
  const stream = new TunnelStream(1, (_id, type, payload) => { if (type === FrameType.DATA) text += Buffer.from(payload!).toString(); }, () => {});
  await copyLog(path, parseLogQuery(query, Date.parse("2026-01-01T00:00:04Z")), stream, async () => false);
  return text;
}

test("a log is its lines, parts of lines joined", async () => {
  expect(await read("")).toBe("one\ntwo\nthree\nfour\n");
});

test("tail counts whole lines", async () => {
  expect(await read("tailLines=1")).toBe("four\n");
  expect(await read("tailLines=2")).toBe("three\nfour\n");
  expect(await read("tailLines=3")).toBe("two\nthree\nfour\n");
  expect(await read("tailLines=0")).toBe("");
  expect(await read("tailLines=99")).toBe("one\ntwo\nthree\nfour\n");
});

test("since, stream, limit and timestamps", async () => {
  expect(await read("sinceSeconds=2")).toBe("three\nfour\n");
  expect(await read("sinceTime=2026-01-01T00:00:03Z")).toBe("four\n");
  expect(await read("stream=Stderr")).toBe("two\n");
  expect(await read("limitBytes=5")).toBe("one\nt");
  expect(await read("timestamps=true&tailLines=2")).toBe("2026-01-01T00:00:02.1Z three\n2026-01-01T00:00:03.1Z four\n");
});
