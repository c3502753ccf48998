/**
 * The image of pod sandboxes. Its only program is a machine-code stub of about 200 bytes that ignores SIGCHLD (so that the
 * kernel reaps orphans of a shared process namespace) and sleeps: no registry and no compiler are needed to have it.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CriClient } from "../cri/client.ts";
import { importImage } from "./import-image.ts";
import { writeOciArchive } from "./oci-archive.ts";

export const PAUSE_IMAGE = "isopod.example/pause:1";

export async function writePauseImage(path: string): Promise<void> {
  await writeOciArchive(path, {
    name: PAUSE_IMAGE,
    files: [{ name: "pause", mode: 0o755, body: pauseProgram(process.arch === "arm64" ? "arm64" : "x64") }],
    config: { Entrypoint: ["/pause"], User: "65535:65535" },
  });
}

/** Imports the image unless the runtime has it. `scratch` is a directory for the archive. */
export async function ensurePauseImage(endpoint: string, scratch: string): Promise<void> {
  const client = new CriClient(endpoint);
  try {
    const { image } = await client.call("ImageStatus", { image: { image: PAUSE_IMAGE } });
    if (image?.id) return;
    mkdirSync(scratch, { recursive: true });
    const archive = join(scratch, "pause.tar");
    await writePauseImage(archive);
    await importImage(endpoint, archive);
    rmSync(archive);
  } finally { client.close(); }
}

function pauseProgram(arch: "x64" | "arm64"): Buffer {
  const code = arch === "x64" ? x64Code() : arm64Code();
  const start = 64 + 56; // ELF header and one program header
  const header = Buffer.alloc(start);
  header.write("\x7fELF\x02\x01\x01", 0, "latin1");
  header.writeUInt16LE(2, 16); // executable
  header.writeUInt16LE(arch === "x64" ? 62 : 183, 18);
  header.writeUInt32LE(1, 20);
  const base = 0x400000n;
  header.writeBigUInt64LE(base + BigInt(start), 24);
  header.writeBigUInt64LE(64n, 32);
  header.writeUInt16LE(64, 52);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(1, 56);
  header.writeUInt32LE(1, 64); // PT_LOAD, readable and executable
  header.writeUInt32LE(5, 68);
  header.writeBigUInt64LE(base, 80);
  header.writeBigUInt64LE(base, 88);
  header.writeBigUInt64LE(BigInt(start + code.length), 96);
  header.writeBigUInt64LE(BigInt(start + code.length), 104);
  header.writeBigUInt64LE(0x1000n, 112);
  return Buffer.concat([header, code]);
}

/** struct sigaction as the kernel has it: handler SIG_IGN (1), flags, restorer, mask. */
const IGNORE_ACTION = Buffer.alloc(32).fill(1, 0, 1);

/** rt_sigaction(SIGCHLD, &ignore, 0, 8); for (;;) pause() */
function x64Code(): Buffer {
  const text = [0xb8, 13, 0, 0, 0, 0xbf, 17, 0, 0, 0, 0x48, 0x8d, 0x35, 19, 0, 0, 0, 0x31, 0xd2, 0x41, 0xba, 8, 0, 0, 0, 0x0f, 0x05,
    0xb8, 34, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xf7];
  return Buffer.concat([Buffer.from(text), IGNORE_ACTION]);
}

/** The same with ppoll(0, 0, 0, 0), since arm64 has no pause. */
function arm64Code(): Buffer {
  const words = [0xd28010c8, 0xd2800220, 0x10000181, 0xd2800002, 0xd2800103, 0xd4000001,
    0xd2800000, 0xd2800001, 0xd2800002, 0xd2800003, 0xd2800004, 0xd2800928, 0xd4000001, 0x17fffff9];
  const text = Buffer.alloc(words.length * 4);
  words.forEach((word, i) => text.writeUInt32LE(word, i * 4));
  return Buffer.concat([text, IGNORE_ACTION]);
}
