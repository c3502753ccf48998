import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { importImage } from "../agent/runtime/import-image.ts";
import { containerdSocket } from "./containerd.ts";

const LOAD_HELP = `Puts an image archive (OCI layout or docker save) into the runtime of every local node.

  isopod load IMAGE.tar [--data-dir DIR]
`;

/** Each local node has a containerd of its own, so the archive goes into all that are running. */
export async function load(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { "data-dir": { type: "string", default: ".isopod" }, help: { type: "boolean", short: "h", default: false } },
  });
  if (values.help || positionals.length === 0) {
    process.stdout.write(LOAD_HELP);
    return values.help ? 0 : 1;
  }
  const sockets = runningNodes(resolve(values["data-dir"]));
  for (const archive of positionals) {
    if (!existsSync(archive)) throw new Error(`there is no file ${archive}`);
    const loaded = await Promise.all(sockets.map(({ socket }) => importImage(`unix://${socket}`, resolve(archive))));
    process.stdout.write(`${[...new Set(loaded.flat())].join(", ")} loaded into ${sockets.map(({ name }) => name).join(", ")}\n`);
  }
  return 0;
}

function runningNodes(dataDir: string): { name: string; socket: string }[] {
  const nodesDir = join(dataDir, "nodes");
  const names = existsSync(nodesDir) ? readdirSync(nodesDir).sort() : [];
  const running = names.map((name) => ({ name, socket: containerdSocket(join(nodesDir, name)) })).filter(({ socket }) => existsSync(socket));
  if (running.length === 0) throw new Error(`no local node is running in ${dataDir}: start one with npm start`);
  return running;
}
