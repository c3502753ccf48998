/** `kubectl logs`: the container's log file, filtered as asked, followed until the container has ended. */
import { open as openFile, readdir, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { StreamOpen } from "../../protocol/tunnel.ts";
import type { Agent } from "../agent.ts";
import { parseLogLine, type LogLine } from "./log-format.ts";
import { workerOf } from "./handlers.ts";
import { parseLogQuery, type LogQuery } from "./log-query.ts";
import type { TunnelStream } from "./stream.ts";

const CHUNK_BYTES = 64 * 1024;
const POLL_MS = 100;

export async function serveLogs(agent: Agent, open: Extract<StreamOpen, { type: "logs" }>, stream: TunnelStream): Promise<void> {
  const worker = workerOf(agent, open, stream);
  if (!worker) return;
  const query = parseLogQuery(open.query, Date.now());
  const { pod } = worker.state;
  const record = (await agent.env.runtime.listContainers(pod.metadata.uid)).find((r) => r.name === open.container);
  const attempts = await logAttempts(join(agent.env.paths.logs(pod), open.container));
  const newest = record?.attempt ?? attempts.at(-1);
  const attempt = query.previous ? attempts.findLast((a) => a < (newest ?? 0)) : newest;
  if (attempt === undefined) {
    const text = query.previous ? `previous terminated container "${open.container}" in pod "${pod.metadata.name}" not found`
      : `container "${open.container}" in pod "${pod.metadata.name}" is waiting to start: ${waitingText(worker.state.waiting.get(open.container)?.reason ?? "ContainerCreating")}`;
    stream.refuse(400, "BadRequest", text);
    return;
  }
  stream.head({ status: 200, headers: { "content-type": "text/plain" } });
  const path = join(agent.env.paths.logs(pod), open.container, `${attempt}.log`);
  const isRunning = async (): Promise<boolean> => (await agent.env.runtime.listContainers(pod.metadata.uid)).some((r) => r.name === open.container && r.attempt === attempt && r.state !== "exited");
  await copyLog(path, query, stream, isRunning);
  stream.end();
  setTimeout(() => stream.close(), 1000).unref();
}

/** As the kubelet words it. */
function waitingText(reason: string): string {
  if (reason === "ErrImagePull") return "image can't be pulled";
  return reason === "ImagePullBackOff" ? "trying and failing to pull image" : reason;
}

/** Restart counts of which there is a log, ascending. */
async function logAttempts(dir: string): Promise<number[]> {
  const names = await readdir(dir).catch(() => [] as string[]);
  return names.filter((n) => /^\d+\.log$/.test(n)).map((n) => parseInt(n, 10)).sort((a, b) => a - b);
}

export async function copyLog(path: string, query: LogQuery, stream: TunnelStream, isRunning: () => Promise<boolean>): Promise<void> {
  let file: FileHandle;
  try { file = await openFile(path, "r"); } catch { return; }
  const writer = new LogWriter(query, stream);
  try {
    let at = query.tailLines === undefined ? 0 : await tailOffset(file, query.tailLines);
    let wasRunning = true;
    for (;;) {
      const next = await copyFrom(file, at, writer);
      const moved = next !== at;
      at = next;
      if (writer.isFull || stream.isDead) return;
      if (moved) continue;
      if (!query.follow || !wasRunning) return;
      // One more look after the container has ended: its last lines may have come since.
      wasRunning = await isRunning();
      if (wasRunning) {
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
        if ((await openedAnew(path, file, at))) { await file.close(); file = await openFile(path, "r"); at = 0; }
      }
    }
  } finally { await file.close(); }
}

/** The log was rotated: another file has its name, and all of ours is read. */
async function openedAnew(path: string, file: FileHandle, at: number): Promise<boolean> {
  const mine = await file.stat();
  if (mine.size > at) return false;
  const named = await openFile(path, "r").catch(() => undefined);
  if (!named) return false;
  try { return (await named.stat()).ino !== mine.ino; } finally { await named.close(); }
}

/** Copies whole lines and returns where the next one starts. */
async function copyFrom(file: FileHandle, at: number, writer: LogWriter): Promise<number> {
  const buffer = Buffer.alloc(CHUNK_BYTES);
  const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, at);
  const end = buffer.subarray(0, bytesRead).lastIndexOf(10);
  if (end < 0) return at;
  await writer.write(buffer.subarray(0, end).toString().split("\n"));
  return at + end + 1;
}

/** Where the last `lines` full lines start, found backwards; partial lines belong to the one they begin. */
async function tailOffset(file: FileHandle, lines: number): Promise<number> {
  const { size } = await file.stat();
  let text = Buffer.alloc(0);
  for (let start = size; ;) {
    const from = Math.max(start - CHUNK_BYTES, 0);
    const piece = Buffer.alloc(start - from);
    await file.read(piece, 0, piece.length, from);
    text = Buffer.concat([piece, text]);
    start = from;
    const found = nthLineFromEnd(text, lines);
    if (found !== undefined && (found > 0 || start === 0)) return start + found;
    if (start === 0) return 0;
  }
}

function nthLineFromEnd(text: Buffer, lines: number): number | undefined {
  let seen = 0;
  let lineEnd = text.length;
  if (lines === 0) return text.length;
  for (let at = text.lastIndexOf(10, text.length - 1); at >= 0; at = at === 0 ? -1 : text.lastIndexOf(10, at - 1)) {
    const line = text.subarray(at + 1, lineEnd).toString("latin1");
    lineEnd = at;
    const previousStart = at === 0 ? 0 : text.lastIndexOf(10, at - 1) + 1;
    const previous = parseLogLine(text.subarray(previousStart, at).toString("latin1"));
    if (line === "" && seen === 0 && at === text.length - 1) { continue; }
    if (!previous?.isPartial && ++seen >= lines) return at + 1;
  }
  return undefined;
}

class LogWriter {
  private remaining: number;
  private readonly query: LogQuery;
  private readonly stream: TunnelStream;
  private isContinuing = false;
  constructor(query: LogQuery, stream: TunnelStream) { this.query = query; this.stream = stream; this.remaining = query.limitBytes ?? Infinity; }
  get isFull(): boolean { return this.remaining <= 0; }

  async write(lines: readonly string[]): Promise<void> {
    const text = lines.map(parseLogLine).filter((l) => l !== undefined).filter((l) => this.wants(l)).map((l) => this.format(l)).join("");
    const bytes = Buffer.from(text);
    const piece = bytes.length > this.remaining ? bytes.subarray(0, this.remaining) : bytes;
    this.remaining -= piece.length;
    if (piece.length > 0) await this.stream.write(piece);
  }

  private wants(line: LogLine): boolean {
    if (this.query.stream !== undefined && this.query.stream !== line.stream) return false;
    return this.query.sinceMs === undefined || Date.parse(line.timeText) >= this.query.sinceMs;
  }

  private format(line: LogLine): string {
    const stamp = this.query.timestamps && !this.isContinuing ? `${line.timeText} ` : "";
    this.isContinuing = line.isPartial;
    return `${stamp}${line.text}${line.isPartial ? "" : "\n"}`;
  }
}
