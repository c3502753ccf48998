/** Makes an importable OCI image archive from a handful of files: an image is only JSON and a tar. */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { pack } from "tar-stream";

export interface ArchiveFile { name: string; mode?: number; body?: Uint8Array | string; linkTo?: string; directory?: boolean }
export interface ImageSpec {
  /** Full reference, such as isopod.example/busybox:1. */
  name: string;
  files: ArchiveFile[];
  config: { Entrypoint?: string[]; Cmd?: string[]; Env?: string[]; User?: string; WorkingDir?: string; ExposedPorts?: Record<string, object> };
}

export async function writeOciArchive(path: string, image: ImageSpec): Promise<void> {
  writeFileSync(path, await ociArchive(image));
}

async function ociArchive(image: ImageSpec): Promise<Buffer> {
  const layer = await tar(image.files);
  const blobs = new Map<string, Buffer>();
  const blob = (mediaType: string, bytes: Buffer) => {
    const hex = createHash("sha256").update(bytes).digest("hex");
    blobs.set(hex, bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  };
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  const layerBlob = blob("application/vnd.oci.image.layer.v1.tar", layer);
  const config = blob("application/vnd.oci.image.config.v1+json", json({
    created: "2026-01-01T00:00:00Z", architecture: process.arch === "arm64" ? "arm64" : "amd64", os: "linux", config: image.config,
    rootfs: { type: "layers", diff_ids: [layerBlob.digest] }, history: [{ created: "2026-01-01T00:00:00Z" }],
  }));
  const manifest = blob("application/vnd.oci.image.manifest.v1+json", json({
    schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json", config, layers: [layerBlob],
  }));
  const index = { schemaVersion: 2, manifests: [{ ...manifest, annotations: { "io.containerd.image.name": image.name, "org.opencontainers.image.ref.name": image.name.split(":").pop() } }] };
  return tar([
    { name: "oci-layout", body: '{"imageLayoutVersion":"1.0.0"}' },
    { name: "index.json", body: json(index) },
    ...[...blobs].map(([hex, body]) => ({ name: `blobs/sha256/${hex}`, body })),
  ]);
}

function tar(files: ArchiveFile[]): Promise<Buffer> {
  const out = pack();
  for (const file of files) {
    const header = { name: file.name, mtime: new Date(0), mode: file.mode ?? (file.directory ? 0o755 : 0o644) };
    if (file.linkTo !== undefined) out.entry({ ...header, type: "symlink", linkname: file.linkTo });
    else if (file.directory) out.entry({ ...header, type: "directory" });
    else out.entry(header, Buffer.from(file.body ?? ""));
  }
  out.finalize();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    out.on("data", (chunk: unknown) => chunks.push(chunk as Buffer));
    out.on("end", () => resolve(Buffer.concat(chunks)));
    out.on("error", reject);
  });
}
