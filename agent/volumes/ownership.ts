import { chmodSync, chownSync } from "node:fs";

/** Ownership of volumes for fsGroup: the group may write, and what is made inside inherits the group. */
export function own(path: string, options: { mode: number; group: number | undefined }): void {
  // mkdir's mode is cut by the umask.
  chmodSync(path, options.group === undefined ? options.mode : options.mode | 0o2770);
  if (options.group !== undefined) chownSync(path, 0, options.group);
}
