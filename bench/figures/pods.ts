import { CriClient } from "../../agent/cri/client.ts";
import { BUSYBOX_IMAGE } from "../../scripts/busybox-image.ts";
import { type Figure, median, percentile } from "../figure.ts";
import { openObjectWatch, type ObjectWatch } from "../object-watch.ts";
import { ask, type Benchmark, createNamespace, processMemoryMb, statistics, type Target } from "../target.ts";

const COUNT = 10;
const NAMESPACE = "pods";

/** Real containers: from the API's POST to Running at a watcher, against what the same runtime needs for the same pod by itself. */
export const pods: Benchmark = {
  name: "pods",
  needsNode: true,
  async run(target) {
    await createNamespace(target, NAMESPACE);
    const watch = openObjectWatch(target, `/api/v1/namespaces/${NAMESPACE}/pods`);
    const cri = new CriClient(`unix://${target.installation.nodes[0]!.containerdSocket}`);
    try {
      await serviceAccountReady(target);
      const bare: number[] = [];
      const whole: number[] = [];
      for (let i = -1; i < COUNT; i++) { // in turns, so that both meet the same machine; the first time is a warm-up
        const times = [await bareCri(cri, `bare-${i + 1}`), await throughTheApi(target, watch, `pod-${i + 1}`)];
        if (i < 0) continue;
        bare.push(times[0]!);
        whole.push(times[1]!);
      }
      return [
        { name: "bare CRI: sandbox, create, start", unit: "ms", value: median(bare) },
        { name: "pod created to Running", unit: "ms", value: median(whole), p50: median(whole), p99: percentile(whole, 0.99) },
        { name: "pod created to Running beyond bare CRI", unit: "ms", value: median(whole.map((ms, i) => ms - bare[i]!)) },
        await rowsOfReplicas(target, watch),
        { name: "agent: resident memory", unit: "MB", value: processMemoryMb("agent.mjs", target.installation.nodes[0]!.dataDir) },
      ];
    } finally {
      watch.close();
      cri.close();
    }
  },
};

async function serviceAccountReady(target: Target): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const { status } = await target.installation.controlPlane.ask("GET", `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/default`, { token: target.token });
    if (status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("the namespace has no service account");
}

async function throughTheApi(target: Target, watch: ObjectWatch, name: string): Promise<number> {
  const begun = performance.now();
  const running = watch.until((pod) => pod.metadata.name === name && isRunning(pod));
  await ask(target, "POST", `/api/v1/namespaces/${NAMESPACE}/pods`, { metadata: { name }, spec: podSpec });
  const ms = (await running) - begun;
  const gone = watch.until((pod, type) => pod.metadata.name === name && type === "DELETED");
  await ask(target, "DELETE", `/api/v1/namespaces/${NAMESPACE}/pods/${name}?gracePeriodSeconds=0`);
  await gone;
  await new Promise((resolve) => setTimeout(resolve, 200)); // the runtime is still clearing up
  return ms;
}

const podSpec = { terminationGracePeriodSeconds: 0, automountServiceAccountToken: false, containers: [{ name: "c", image: BUSYBOX_IMAGE, command: ["sleep", "1000"] }] };
const isRunning = (pod: { status?: { phase?: string } }): boolean => pod.status?.phase === "Running";

async function bareCri(cri: CriClient, name: string): Promise<number> {
  const config = { metadata: { name, namespace: "bench", uid: crypto.randomUUID(), attempt: 0 }, hostname: name, logDirectory: "/tmp", linux: { securityContext: { namespaceOptions: { pid: 1 } } } };
  const begun = performance.now();
  const { podSandboxId } = await cri.call("RunPodSandbox", { config });
  const container = { metadata: { name: "c", attempt: 0 }, image: { image: BUSYBOX_IMAGE }, command: ["sleep", "1000"], logPath: "", linux: { securityContext: { namespaceOptions: { pid: 1 } } } };
  const { containerId } = await cri.call("CreateContainer", { podSandboxId, config: container, sandboxConfig: config });
  await cri.call("StartContainer", { containerId });
  const ms = performance.now() - begun;
  await cri.call("StopPodSandbox", { podSandboxId });
  await cri.call("RemovePodSandbox", { podSandboxId });
  return ms;
}

/** One replica more at a time: the scaling itself, events, bindings and all statuses included. */
async function rowsOfReplicas(target: Target, watch: ObjectWatch): Promise<Figure> {
  const path = `/apis/apps/v1/namespaces/${NAMESPACE}/replicasets`;
  const labels = { app: "rows" };
  await ask(target, "POST", path, { metadata: { name: "rows" }, spec: { replicas: 0, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: podSpec } } });
  const settled = () => new Promise((resolve) => setTimeout(resolve, 1_500));
  const samples: number[] = [];
  for (let replicas = 1; replicas <= 5; replicas++) {
    await settled();
    const { rowsWritten: before } = await statistics(target);
    const running = watch.until((pod, type) => type === "MODIFIED" && isRunning(pod));
    await ask(target, "PATCH", `${path}/rows`, { spec: { replicas } }, "application/merge-patch+json");
    await running;
    await settled();
    samples.push((await statistics(target)).rowsWritten - before);
  }
  await ask(target, "PATCH", `${path}/rows`, { spec: { replicas: 0 } }, "application/merge-patch+json");
  return { name: "rows per Pod of a ReplicaSet, creation to Running", unit: "rows", value: median(samples) };
}
