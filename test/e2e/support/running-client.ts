import { type ChildProcess, spawn } from "node:child_process";
import { eventually } from "./eventually.ts";

/** A client that runs until it is stopped, such as port-forward or a watch. */
export interface RunningClient { output(): string; until(pattern: RegExp): Promise<RegExpExecArray>; exited: Promise<number>; child: ChildProcess; stop(): Promise<void> }

export function startClient(command: string, args: readonly string[], env: NodeJS.ProcessEnv): RunningClient {
  const child = spawn(command, args, { env, stdio: ["pipe", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (chunk: string) => { text += chunk; });
  const exited = new Promise<number>((resolve) => child.once("close", (code) => resolve(code ?? -1)));
  return {
    child, exited, output: () => text,
    until: (pattern) => eventually(() => pattern.exec(text) ?? fail(`${args.join(" ")}: no ${pattern} in ${JSON.stringify(text)}`)),
    stop: async () => { child.kill("SIGKILL"); await exited; },
  };
}

function fail(message: string): never { throw new Error(message); }
