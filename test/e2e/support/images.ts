import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeOciArchive, type ArchiveFile } from "../../../agent/runtime/oci-archive.ts";
import { load } from "../../../cli/load.ts";
import { clients } from "./clients.ts";

/** Images beside the example's, made of what each Debian has and loaded by `isopod load`. */
export const UDP_IMAGE = "isopod.example/udp:1";
export const KUBECTL_IMAGE = "isopod.example/kubectl:1";
export const NODE_IMAGE = "isopod.example/node:1";

/** busybox for HTTP and names, perl for UDP, which busybox can neither serve nor ask. */
export async function loadUdpImage(dataDir: string): Promise<void> {
  const applets = ["sh", "httpd", "sleep", "hostname", "mkdir"];
  await loadImage(dataDir, UDP_IMAGE, [
    ...["bin", "tmp", "www"].map((name) => ({ name, directory: true, mode: 0o755 })),
    ...withLibraries("/usr/bin/perl", "bin/perl"),
    { name: "bin/busybox", mode: 0o755, body: readFileSync("/bin/busybox") },
    ...applets.map((applet) => ({ name: `bin/${applet}`, linkTo: "busybox" })),
  ], { Env: ["PATH=/bin"] });
}

/** The very Node that runs the tests, for servers that speak TLS; it runs TypeScript as it is. */
export const loadNodeImage = (dataDir: string): Promise<void> => loadImage(dataDir, NODE_IMAGE, [
  { name: "bin", directory: true, mode: 0o755 }, { name: "tmp", directory: true, mode: 0o777 }, ...withLibraries(process.execPath, "bin/node"),
], { Entrypoint: ["/bin/node"], Env: ["PATH=/bin"] });

/** A program of this machine with what it is linked to. */
function withLibraries(program: string, name: string): ArchiveFile[] {
  const libraries = [...execFileSync("ldd", [program], { encoding: "utf8" }).matchAll(/(\/\S+) \(/g)].map(([, path]) => path!);
  return [
    ...[...new Set(libraries.map(dirname))].flatMap(parents).map((folder) => ({ name: folder, directory: true, mode: 0o755 })),
    ...libraries.map((path) => ({ name: path.slice(1), mode: 0o755, body: readFileSync(path) })),
    { name, mode: 0o755, body: readFileSync(program) },
  ];
}

/** The static kubectl, a client that finds everything about the cluster in its pod. */
export const loadKubectlImage = (dataDir: string): Promise<void> => loadImage(dataDir, KUBECTL_IMAGE, [
  { name: "bin", directory: true, mode: 0o755 }, { name: "tmp", directory: true, mode: 0o777 },
  { name: "bin/kubectl", mode: 0o755, body: readFileSync(clients().kubectl) },
], { Entrypoint: ["/bin/kubectl"], Env: ["PATH=/bin", "HOME=/tmp"] });

async function loadImage(dataDir: string, name: string, files: ArchiveFile[], config: object): Promise<void> {
  const archive = join(dataDir, `${name.replace(/\W/g, "-")}.tar`);
  await writeOciArchive(archive, { name, files, config: config as never });
  if (await load([archive, "--data-dir", dataDir]) !== 0) throw new Error(`${name} could not be loaded`);
}

/** "/lib/x" → ["lib", "lib/x"] */
const parents = (path: string): string[] => path.slice(1).split("/").map((_, i, parts) => parts.slice(0, i + 1).join("/"));

const ADDRESS = 'sub address { pack("S n a4 x8", 2, $_[1], pack("C4", split(/\\./, $_[0]))) }'; // struct sockaddr_in

/** Answers each datagram with the host's name. */
export const udpServerScript = (port: number): string =>
  `${ADDRESS} chomp(my $name = \`hostname\`); socket(S, 2, 2, 0) or die; bind(S, address("0.0.0.0", ${port})) or die; while (defined(my $peer = recv(S, my $text, 1500, 0))) { send(S, $name, 0, $peer) }`;

/** Sends a datagram from a port (0: any) and prints the answer; fails without one after 1 s. */
export const udpClientScript = (ip: string, port: number, fromPort = 0): string =>
  `${ADDRESS} $SIG{ALRM} = sub { die "no answer" }; socket(S, 2, 2, 0) or die; bind(S, address("0.0.0.0", ${fromPort})) or die "bind: $!"; alarm 1; send(S, "x", 0, address("${ip}", ${port})) or die "send: $!"; recv(S, my $text, 1500, 0) // die "recv: $!"; print $text`;
