import { chmodSync, closeSync, mkdirSync, openSync, statSync, type Stats } from "node:fs";
import { dirname } from "node:path";
import type { VolumeType } from "../volume-type.ts";

const CHECKS: Record<string, { is: (s: Stats) => boolean; what: string }> = {
  Directory: { is: (s) => s.isDirectory(), what: "a directory" }, File: { is: (s) => s.isFile(), what: "a file" }, Socket: { is: (s) => s.isSocket(), what: "a socket file" },
  CharDevice: { is: (s) => s.isCharacterDevice(), what: "a character device" }, BlockDevice: { is: (s) => s.isBlockDevice(), what: "a block device" },
};

/** A path of the node itself, checked or made as its type says. */
export const hostPath: VolumeType<"hostPath"> = {
  source: "hostPath",
  async setUp({ source }) {
    const path = source.path;
    const type = source.type ?? "";
    const stat = statSync(path, { throwIfNoEntry: false });
    if (type === "DirectoryOrCreate") {
      if (!stat) { mkdirSync(path, { recursive: true }); chmodSync(path, 0o755); }
      return check(path, "Directory");
    }
    if (type === "FileOrCreate") {
      if (!stat) { statSync(dirname(path)); closeSync(openSync(path, "a", 0o644)); }
      return check(path, "File");
    }
    return type === "" ? { path } : check(path, type);
  },
};

function check(path: string, type: string): { path: string } {
  const rule = CHECKS[type];
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!rule) throw new Error(`${type} is an invalid volume type`);
  if (!stat || !rule.is(stat)) throw new Error(`hostPath type check failed: ${path} is not ${rule.what}`);
  return { path };
}
