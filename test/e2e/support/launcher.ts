import { execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { ROOT } from "../../../cli/bundle.ts";
import { planLocalNetwork } from "../../../cli/local-network.ts";

/** `npm start` as somebody types it in a terminal, where Ctrl-C reaches every process of the foreground group. */
export interface Launcher { output(): string; until(pattern: RegExp, ms?: number): Promise<void>; ctrlC(): void; exited: Promise<number | NodeJS.Signals | null>; readonly pid: number }

export function npmStart(...options: string[]): Launcher {
  const child = spawn("npm", ["start", "--silent", "--", ...options], { cwd: ROOT, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (chunk: string) => { text += chunk; });
  const exited = new Promise<number | NodeJS.Signals | null>((resolve) => child.once("close", (code, signal) => resolve(code ?? signal)));
  const group = (signal: NodeJS.Signals) => { try { process.kill(-child.pid!, signal); } catch { /* it is over */ } };
  const lastly = () => group("SIGTERM");
  process.once("exit", lastly);
  void exited.then(() => process.off("exit", lastly));
  const until = async (pattern: RegExp, ms = 60_000) => {
    const untilMs = Date.now() + ms;
    while (!pattern.test(text)) {
      if (child.exitCode !== null || Date.now() > untilMs) throw new Error(`no ${pattern} in: ${text}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return { output: () => text, until, ctrlC: () => group("SIGINT"), exited, pid: child.pid! };
}

/** Whatever of an installation is still on this machine, as lines for people. */
export function leftovers(dataDir: string): string[] {
  const { id, bridge } = planLocalNetwork(dataDir, 0);
  const lines = (command: string, args: string[], of: RegExp) => execFileSync(command, args, { encoding: "utf8" }).split("\n").filter((line) => of.test(line)).map((line) => `${command}: ${line}`);
  return [
    ...processesAbout(dataDir),
    ...readFileSync("/proc/self/mounts", "utf8").split("\n").filter((line) => line.includes(dataDir)).map((line) => `mount: ${line}`),
    ...lines("ip", ["netns", "list"], new RegExp(`isopod-${id}-`)),
    ...lines("ip", ["-o", "link"], new RegExp(`${bridge}|iso${id}v`)),
    ...lines("ip", ["-o", "addr"], new RegExp(bridge)),
    ...lines("nft", ["list", "tables"], new RegExp(bridge)),
    ...lines("find", ["/sys/fs/cgroup", "-maxdepth", "3", "-name", `isopod-${id}-*`], /./),
  ];
}

function processesAbout(dataDir: string): string[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid).flatMap((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      return command.includes(dataDir) && !command.includes("vitest") ? [`process ${pid}: ${command}`] : [];
    } catch {
      return [];
    }
  });
}
