import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FrameType, type StreamHead } from "../../protocol/tunnel.ts";
import type { Agent } from "../agent.ts";
import { serveNodeLogs } from "./node-logs.ts";
import { TunnelStream } from "./stream.ts";

let root: string;
let outside: string;
beforeEach(() => {
  outside = mkdtempSync(join(tmpdir(), "logs-"));
  root = join(outside, "log");
  mkdirSync(join(root, "sub"), { recursive: true });
  writeFileSync(join(root, "a <b>.log"), "line\n");
  writeFileSync(join(outside, "secret"), "secret");
  symlinkSync(join(outside, "secret"), join(root, "link"));
  symlinkSync("a <b>.log", join(root, "inner"));
});
afterEach(() => rmSync(outside, { recursive: true }));

async function get(path: string, isHead = false): Promise<{ status: number; body: string }> {
  let body = "";
  let head: StreamHead | undefined;
  const stream = new TunnelStream(1, (_, type, payload = new Uint8Array()) => {
    if (type === FrameType.HEAD) head = JSON.parse(Buffer.from(payload).toString()) as StreamHead;
    if (type === FrameType.DATA) body += Buffer.from(payload).toString();
  }, () => undefined);
  await serveNodeLogs({} as Agent, { path, isHead }, stream, root);
  return { status: head!.status, body };
}

test("folders are listed, files are read", async () => {
  expect(await get("")).toEqual({ status: 200, body: '<pre>\n<a href="a%20%3Cb%3E.log">a &#60;b&#62;.log</a>\n<a href="inner">inner</a>\n<a href="link">link</a>\n<a href="sub/">sub/</a>\n</pre>\n' });
  expect(await get("a%20%3Cb%3E.log")).toEqual({ status: 200, body: "line\n" });
  expect(await get("inner")).toEqual({ status: 200, body: "line\n" });
  expect(await get("inner", true)).toEqual({ status: 200, body: "" });
});

test.each(["../secret", "%2e%2e/secret", "sub/../../secret", "link", "nothing", "..", "/etc/passwd", "%zz"])("%s leads nowhere", async (path) => {
  expect(await get(path)).toEqual({ status: 404, body: "" });
});
