/** One container in CRI's terms. Throws ConfigError where the pod as written cannot start yet. */
import { createHash, randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Signal, type ContainerConfig, type Image, type Mount } from "../../cri/messages.ts";
import { ANNOTATION, LABEL } from "../../runtime/runtime.ts";
import type { PodEnvironment } from "../environment.ts";
import { containerResources } from "../resources/container-resources.ts";
import type { PodState } from "../state.ts";
import type { NamedContainer, Pod } from "../types.ts";
import { environmentVariables } from "./environment-variables.ts";
import { expandVariables } from "./expansion.ts";
import { containerSecurity } from "./security.ts";
import { volumeMounts } from "./volume-mounts.ts";

export interface ConfigRequest { container: NamedContainer; attempt: number; image: Image; targetId?: string }

export async function containerConfig(state: PodState, request: ConfigRequest, env: PodEnvironment): Promise<ContainerConfig> {
  const { container, attempt, image } = request;
  const { pod } = state;
  const podIps = pod.spec.hostNetwork ? env.node.ips : state.ips;
  const variables = await environmentVariables(pod, container, env, { hostIps: env.node.ips, podIps });
  const lookup = (name: string): string | undefined => variables.get(name);
  const { name, namespace, uid } = pod.metadata;
  const signal = container.lifecycle?.stopSignal;
  return {
    metadata: { name: container.name, attempt }, image: { image: image.id!, userSpecifiedImage: container.image },
    command: (container.command ?? []).map((c) => expandVariables(c, lookup)), args: (container.args ?? []).map((a) => expandVariables(a, lookup)),
    workingDir: container.workingDir ?? "", envs: [...variables].map(([key, value]) => ({ key, value })),
    mounts: [...await volumeMounts(state, container, lookup, env), ...ownMounts(pod, container, env)],
    labels: { [LABEL.podName]: name, [LABEL.podNamespace]: namespace, [LABEL.podUid]: uid, [LABEL.container]: container.name },
    annotations: {
      [ANNOTATION.hash]: containerHash(container), [ANNOTATION.restartCount]: String(attempt), [ANNOTATION.image]: container.image, [ANNOTATION.resources]: JSON.stringify(container.resources ?? {}),
      [ANNOTATION.terminationMessagePath]: container.terminationMessagePath ?? "", [ANNOTATION.terminationMessagePolicy]: container.terminationMessagePolicy ?? "File",
    },
    logPath: `${container.name}/${attempt}.log`, stdin: container.stdin ?? false, stdinOnce: container.stdinOnce ?? false, tty: container.tty ?? false,
    ...(signal && { stopSignal: signalNumber(signal) }),
    linux: { resources: containerResources(pod, container, env.node.memoryBytes), securityContext: containerSecurity(pod, container, image, request.targetId) },
  };
}

/** Of what cannot change without a new container: only the image can be edited in a running pod. */
export function containerHash(container: NamedContainer): string {
  return createHash("sha256").update(`${container.name}\n${container.image}`).digest("hex").slice(0, 8);
}

function ownMounts(pod: Pod, container: NamedContainer, env: PodEnvironment): Mount[] {
  const taken = new Set((container.volumeMounts ?? []).map((m) => m.mountPath));
  const mounts: Mount[] = [];
  if (!taken.has("/etc/hosts")) mounts.push({ containerPath: "/etc/hosts", hostPath: env.paths.etcHosts(pod.metadata.uid) });
  if (container.terminationMessagePath && !taken.has(container.terminationMessagePath)) {
    const dir = env.paths.terminationLogs(pod.metadata.uid, container.name);
    mkdirSync(dir, { recursive: true });
    const file = join(dir, randomBytes(4).toString("hex"));
    writeFileSync(file, "");
    chmodSync(file, 0o666); // written by whichever user the container runs as
    mounts.push({ containerPath: container.terminationMessagePath, hostPath: file });
  }
  return mounts;
}

const signalNumber = (name: string): number => Signal[name.replace("+", "PLUS").replace(/MAX-/, "MAXMINUS") as keyof typeof Signal] ?? Signal.RUNTIME_DEFAULT;
