import { createHash } from "node:crypto";
import type { Kind } from "../../kinds/kind.ts";

const known = new WeakMap<Kind, string>();

/** Tells clients that migrate storage when the version in which a kind is stored has changed; upstream's own formula. */
export function storageVersionHash(kind: Kind): string {
  let hash = known.get(kind);
  if (hash === undefined) {
    const { group = kind.group } = kind.versions[0];
    const version = kind.evolution?.stored ?? kind.versions[0].version;
    hash = createHash("sha256").update(`${group}/${version}/${kind.kind}`).digest().subarray(0, 8).toString("base64");
    known.set(kind, hash);
  }
  return hash;
}
