import { createReadStream, existsSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { WORKER_BUNDLE } from "./bundle.ts";

const LOGS_HELP = `Prints the control plane's log; where it shows places in the bundle, with those of the sources.

  isopod logs [--data-dir DIR]
`;

export async function logs(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { "data-dir": { type: "string", default: ".isopod" }, help: { type: "boolean", short: "h", default: false } },
  });
  if (values.help) {
    process.stdout.write(LOGS_HELP);
    return 0;
  }
  const file = join(resolve(values["data-dir"]), "workerd.log");
  if (!existsSync(file)) throw new Error(`there is no log ${file}`);
  const readable = sourcePlaces(`${WORKER_BUNDLE}.map`);
  for await (const line of createInterface({ input: createReadStream(file) })) process.stdout.write(`${readable(line)}\n`);
  return 0;
}

/** Replaces `worker.js:LINE:COLUMN` by what stands there in the source map. Texts stay as they are where there is none. */
export function sourcePlaces(mapFile: string): (text: string) => string {
  let map: SourceMap | undefined;
  return (text) => text.replaceAll(/\bworker\.js:(\d+):(\d+)/g, (place, line, column) => {
    if (!map && !existsSync(mapFile)) return place;
    map ??= new SourceMap(JSON.parse(readFileSync(mapFile, "utf8")) as ConstructorParameters<typeof SourceMap>[0]);
    const found = map.findOrigin(Number(line), Number(column));
    return "fileName" in found ? `${found.fileName.replace(/^(\.\.\/)+/, "")}:${found.lineNumber}:${found.columnNumber}` : place;
  });
}
