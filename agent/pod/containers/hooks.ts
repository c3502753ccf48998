/** postStart and preStop. Resolves with undefined, or why the hook failed. */
import type { LifecycleHandler } from "../../../src/kinds/types/core-v1.generated.ts";
import { delay } from "../../clock.ts";
import type { PodEnvironment } from "../environment.ts";
import { portNumber, tryHttp } from "../probes/handlers.ts";
import type { NamedContainer } from "../types.ts";
import { connect } from "node:net";

export interface HookTarget { container: NamedContainer; containerId: string; ip: string; timeoutMs: number; signal?: AbortSignal }

export async function runHook(handler: LifecycleHandler, target: HookTarget, env: PodEnvironment): Promise<string | undefined> {
  const { container, containerId, ip, timeoutMs } = target;
  try {
    if (handler.sleep) { await delay(env.clock, Math.min((handler.sleep.seconds ?? 0) * 1000, timeoutMs || Infinity), target.signal); return undefined; }
    if (handler.httpGet) {
      const outcome = await tryHttp(handler.httpGet, { container, ip }, timeoutMs || 60_000, "kube-lifecycle/1.36");
      return outcome.ok ? undefined : outcome.output;
    }
    if (handler.tcpSocket) { connect({ host: handler.tcpSocket.host || ip, port: portNumber(handler.tcpSocket.port, container) }).on("error", () => {}).unref().setTimeout(timeoutMs || 5000); return undefined; }
    if (!handler.exec) return undefined;
    const { exitCode, output } = await env.runtime.execSync(containerId, handler.exec.command ?? [], Math.ceil(timeoutMs / 1000));
    return exitCode === 0 ? undefined : `command '${(handler.exec.command ?? []).join(" ")}' exited with ${exitCode}: ${output}`.trim();
  } catch (error) {
    return (error as Error).message;
  }
}
