/**
 * Files of configMap, secret, downwardAPI and projected volumes, replaced all at once: they lie in a directory named after
 * the time, `..data` points to it, and the visible names point into `..data`. So a reader sees either all old or all new
 * (upstream's AtomicWriter).
 */
import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, readdirSync, readlinkSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface PayloadFile { body: Buffer; mode: number; user?: number }
export type Payload = Map<string, PayloadFile>;

export function writePayload(dir: string, payload: Payload, group: number | undefined): void {
  mkdirSync(dir, { recursive: true });
  chmodSync(dir, group === undefined ? 0o777 : 0o2777);
  if (group !== undefined) chownSync(dir, 0, group);
  for (const path of payload.keys()) if (path.startsWith("/") || path.split("/").includes("..") || path === "") throw new Error(`invalid path ${JSON.stringify(path)}`);
  const link = join(dir, "..data");
  const current = existsSync(link) ? join(dir, readlinkSync(link)) : undefined;
  if (current && isSame(current, payload)) return;
  const stamp = new Date().toISOString().replace(/[-:T]/g, "_").replace(/\..*$/, "");
  const name = `..${stamp}.${randomBytes(4).readUInt32BE()}`;
  writeFiles(join(dir, name), payload, group);
  symlinkSync(name, `${link}_tmp`);
  renameSync(`${link}_tmp`, link);
  linkNames(dir, payload);
  if (current) rmSync(current, { recursive: true, force: true });
}

function writeFiles(dir: string, payload: Payload, group: number | undefined): void {
  mkdirSync(dir);
  chmodSync(dir, group === undefined ? 0o755 : 0o2755);
  if (group !== undefined) chownSync(dir, 0, group);
  for (const [path, file] of payload) {
    const target = join(dir, path);
    mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
    writeFileSync(target, file.body);
    if (group !== undefined || file.user !== undefined) chownSync(target, file.user ?? 0, group ?? 0);
    // fsGroup makes files readable for the group, whatever their mode.
    chmodSync(target, group === undefined ? file.mode : file.mode | 0o440);
  }
}

function linkNames(dir: string, payload: Payload): void {
  const wanted = new Set([...payload.keys()].map((path) => path.split("/")[0]!));
  for (const name of readdirSync(dir)) if (!name.startsWith("..") && !wanted.has(name)) rmSync(join(dir, name), { recursive: true, force: true });
  for (const name of wanted) if (!isLink(join(dir, name))) symlinkSync(join("..data", name), join(dir, name));
}

function isLink(path: string): boolean {
  try { readlinkSync(path); return true; } catch { return false; }
}

function isSame(dir: string, payload: Payload): boolean {
  const files = listFiles(dir, "");
  if (files.length !== payload.size) return false;
  return files.every((path) => {
    const file = payload.get(path);
    return file !== undefined && statSync(join(dir, path)).size === file.body.length && readFileSync(join(dir, path)).equals(file.body);
  });
}

function listFiles(root: string, below: string): string[] {
  return readdirSync(join(root, below), { withFileTypes: true }).flatMap((entry) => {
    const path = below ? `${below}/${entry.name}` : entry.name;
    return entry.isDirectory() ? listFiles(root, path) : [path];
  });
}
