/** What a container said about its end: its termination message file, or the end of its log where the spec wants that. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { ANNOTATION, type ContainerRecord } from "../../runtime/runtime.ts";
import { parseLogLine } from "../../tunnel/log-format.ts";

const MESSAGE_BYTES_MAX = 4096;
const LOG_BYTES_MAX = 2048;
const LOG_LINES_MAX = 80;

export function terminationMessage(record: ContainerRecord, logDirectory: string): string {
  const path = record.annotations[ANNOTATION.terminationMessagePath];
  const mount = path ? record.mounts.find((m) => m.containerPath === path) : undefined;
  const written = mount ? readPart(mount.hostPath, MESSAGE_BYTES_MAX, "start") : "";
  if (written) return written;
  const useLog = record.annotations[ANNOTATION.terminationMessagePolicy] === "FallbackToLogsOnError" && record.exitCode !== 0;
  if (useLog) return lastLog(record.logPath || join(logDirectory, record.name, `${record.attempt}.log`));
  return record.message;
}

function lastLog(path: string): string {
  const lines = readPart(path, 64 * 1024, "end").split("\n").slice(-LOG_LINES_MAX - 1);
  const text = lines.map((line) => { const parsed = parseLogLine(line); return parsed ? parsed.text + (parsed.isPartial ? "" : "\n") : ""; }).join("");
  return Buffer.from(text).subarray(-LOG_BYTES_MAX).toString();
}

function readPart(path: string, bytesMax: number, from: "start" | "end"): string {
  let file: number;
  try { file = openSync(path, "r"); } catch { return ""; }
  try {
    const size = fstatSync(file).size;
    const buffer = Buffer.alloc(Math.min(bytesMax, size));
    readSync(file, buffer, 0, buffer.length, from === "start" ? 0 : Math.max(size - bytesMax, 0));
    return buffer.toString();
  } finally { closeSync(file); }
}
