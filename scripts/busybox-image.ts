/**
 * Makes the example image isopod.example/busybox:1 from Debian's busybox-static: a shell, httpd, wget, nc and the other applets.
 * `node scripts/busybox-image.ts [FILE] [NAME]`, then `isopod load FILE`.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { writeOciArchive, type ArchiveFile } from "../agent/runtime/oci-archive.ts";

export const BUSYBOX_IMAGE = "isopod.example/busybox:1";

export async function writeBusyboxImage(path: string, name = BUSYBOX_IMAGE): Promise<void> {
  const applets = execFileSync("/bin/busybox", ["--list"], { encoding: "utf8" }).trim().split("\n").filter((a) => a !== "busybox");
  const directories = ["bin", "dev", "etc", "home", "proc", "root", "sys", "tmp", "usr", "usr/bin", "var", "var/run", "www"];
  const files: ArchiveFile[] = [
    ...directories.map((dir) => ({ name: dir, directory: true, mode: dir === "tmp" ? 0o1777 : 0o755 })),
    { name: "bin/busybox", mode: 0o755, body: readFileSync("/bin/busybox") },
    ...applets.map((applet) => ({ name: `bin/${applet}`, linkTo: "busybox" })),
    { name: "etc/passwd", body: "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n" },
    { name: "etc/group", body: "root:x:0:\nnobody:x:65534:\n" },
    { name: "www/index.html", body: "Isopod\n" },
  ];
  await writeOciArchive(path, { name, files, config: { Cmd: ["sh"], Env: ["PATH=/bin:/usr/bin"] } });
}

if (import.meta.main) {
  const path = process.argv[2] ?? "busybox.tar";
  await writeBusyboxImage(path, process.argv[3] ?? BUSYBOX_IMAGE);
  console.log(path);
}
