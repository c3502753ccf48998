/** Ownership of volumes for fsGroup: the group owns everything and may write, new files inherit the group. */
import { chmodSync, chownSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

export function own(path: string, options: { mode: number; group: number | undefined }): void {
  // mkdir's mode is cut by the umask.
  chmodSync(path, options.group === undefined ? options.mode : options.mode | 0o2770);
  if (options.group !== undefined) chownSync(path, 0, options.group);
}

export function ownTree(path: string, group: number): void {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return;
  chownSync(path, stat.uid, group);
  chmodSync(path, (stat.mode & 0o7777) | (stat.isDirectory() ? 0o2770 : 0o660));
  if (stat.isDirectory()) for (const name of readdirSync(path)) ownTree(join(path, name), group);
}
