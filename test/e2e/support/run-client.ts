import { spawn } from "node:child_process";

export interface Outcome { code: number; stdout: string; stderr: string }

const TIMEOUT_MS = 120_000;

/** Runs a client to its end. Never rejects for a code other than 0; a client that hangs is killed. */
export function runClient(command: string, args: readonly string[], options: { env: NodeJS.ProcessEnv; input?: string | undefined; timeoutMs?: number }): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: options.env, stdio: ["pipe", "pipe", "pipe"], timeout: options.timeoutMs ?? TIMEOUT_MS, killSignal: "SIGKILL" });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => { stdout += text; });
    child.stderr.setEncoding("utf8").on("data", (text: string) => { stderr += text; });
    child.stdin.on("error", () => { /* it ended without reading its input */ });
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code: code ?? -1, stdout, stderr: signal ? `${stderr}\nended by ${signal}` : stderr }));
    child.stdin.end(options.input ?? "");
  });
}
