import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import { afterAll, beforeAll, test } from "vitest";
import { BUSYBOX_IMAGE } from "../../../scripts/busybox-image.ts";
import type { Pod } from "../../../agent/pod/types.ts";
import { RawClient } from "./http.ts";
import { adminToken, hasContainers, installation } from "./shared.ts";

/**
 * Cases about pods on a real node. All pods of a file are created at once when it begins and each case then waits for its own,
 * so that a file takes about as long as its slowest pod.
 */
export interface PodCase {
  /** Gets a name of its own; its containers get the example image. */
  pod: PodDraft;
  /** Other objects, by resource, that must be there before the pod is. */
  objects?: Record<string, object[]>;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  check(pod: PodOnNode): Promise<void>;
}
type Loose<T> = { [K in keyof T]?: unknown };
export type PodDraft = Loose<Pod["spec"]> & { containers: object[]; initContainers?: object[] };

interface Event { involvedObject: { fieldPath?: string }; reason: string; message: string; type: string; count?: number }
const WAIT_MS = 60_000;
export class NodeBed {
  readonly namespace: string;
  #client!: RawClient;
  readonly #cases: { name: string; one: PodCase }[] = [];

  constructor(namespace: string, prepare?: (bed: NodeBed) => Promise<void>) {
    this.namespace = namespace;
    beforeAll(async () => {
      if (!hasContainers) return;
      this.#client = new RawClient({ ...installation, token: adminToken() });
      await this.send("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
      await this.#untilServiceAccount();
      await prepare?.(this);
      await Promise.all(this.#cases.map(({ name, one }) => this.#create(name, one)));
    });
    afterAll(async () => {
      if (!hasContainers) return;
      await this.send("DELETE", `/api/v1/namespaces/${namespace}`);
      this.#client[Symbol.dispose]();
    });
  }

  /** Of a namespaced core resource. */
  path(resource: string): string { return `/api/v1/namespaces/${this.namespace}/${resource}`; }

  /** One pod and what must become true of it. */
  case(title: string, one: PodCase): void {
    const name = title.toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, 50).replace(/^-+|-+$/g, "");
    this.#cases.push({ name, one });
    test.skipIf(!hasContainers)(title, async () => one.check(new PodOnNode(this, name)));
  }

  async send<T>(method: string, path: string, body?: object, type = "application/json"): Promise<T> {
    const answer = await this.#client.send({ method, path, ...(body && { body: JSON.stringify(body), headers: { "content-type": type } }) });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return (answer.headers["content-type"]?.includes("json") ? JSON.parse(answer.text) : answer.text) as T;
  }
  async text(path: string): Promise<{ status: number; text: string }> { return this.#client.send({ path }); }
  async status(method: string, path: string, body?: object, type = "application/json"): Promise<number> {
    return (await this.#client.send({ method, path, ...(body && { body: JSON.stringify(body), headers: { "content-type": type } }) })).status;
  }

  async #create(name: string, { pod, objects = {}, labels = {}, annotations }: PodCase): Promise<void> {
    for (const [resource, list] of Object.entries(objects)) for (const object of list) await this.send("POST", this.path(resource), object);
    const image = (list: object[] | undefined) => list?.map((c, i) => ({ name: `c${i || ""}`, image: BUSYBOX_IMAGE, ...c }));
    await this.send("POST", this.path("pods"), {
      apiVersion: "v1", kind: "Pod", metadata: { name, labels: { ...labels, case: name }, ...(annotations && { annotations }) },
      spec: { terminationGracePeriodSeconds: 1, ...pod, containers: image(pod.containers), ...(pod.initContainers && { initContainers: image(pod.initContainers)!.map((c, i) => ({ ...c, name: (c.name.startsWith("c") ? `i${i}` : c.name) })) }) },
    });
  }

  async #untilServiceAccount(): Promise<void> {
    for (let i = 0; i < 100; i++) {
      if ((await this.text(this.path("serviceaccounts/default"))).status === 200) return;
      await sleep(50);
    }
    throw new Error("the service account default never came");
  }
}

export class PodOnNode {
  readonly name: string;
  readonly bed: NodeBed;
  constructor(bed: NodeBed, name: string) { this.bed = bed; this.name = name; }
  get path(): string { return this.bed.path(`pods/${this.name}`); }

  get(): Promise<Pod> { return this.bed.send("GET", this.path); }

  /** The pod as soon as `is` holds of it. */
  async until(is: (pod: Pod) => boolean | undefined, waitMs = WAIT_MS): Promise<Pod> {
    const end = Date.now() + waitMs;
    for (;;) {
      const pod = await this.get();
      if (is(pod)) return pod;
      if (Date.now() > end) throw new Error(`${this.name} never came to hold ${is}: ${JSON.stringify(pod.status, null, 1)}\n${JSON.stringify((await this.events()).map((e) => `${e.reason}: ${e.message}`), null, 1)}`);
      await sleep(100);
    }
  }
  running(): Promise<Pod> { return this.until((p) => p.status?.phase === "Running"); }
  ready(): Promise<Pod> { return this.until((p) => p.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True")); }
  succeeded(): Promise<Pod> { return this.ended("Succeeded"); }
  failed(): Promise<Pod> { return this.ended("Failed"); }
  async ended(phase: string): Promise<Pod> {
    const pod = await this.until((p) => p.status?.phase === "Succeeded" || p.status?.phase === "Failed");
    if (pod.status?.phase !== phase) throw new Error(`${this.name} is ${pod.status?.phase}: ${JSON.stringify(pod.status)}\nlog: ${await this.log().catch((e: Error) => e.message)}`);
    return pod;
  }

  /** Of a pod that has run to its end. */
  async output(container?: string): Promise<string> { await this.succeeded(); return this.log(container); }
  async log(container?: string, query = ""): Promise<string> {
    const { status, text } = await this.bed.text(`${this.path}/log?${container ? `container=${container}&` : ""}${query}`);
    if (status !== 200) throw new Error(`log of ${this.name}: ${status} ${text}`);
    return text;
  }
  async logUntil(wanted: RegExp, container?: string, waitMs = WAIT_MS): Promise<string> {
    const end = Date.now() + waitMs;
    for (;;) {
      const text = await this.log(container).catch(() => "");
      if (wanted.test(text)) return text;
      if (Date.now() > end) throw new Error(`the log of ${this.name} never matched ${wanted}: ${text.slice(-2000)}`);
      await sleep(150);
    }
  }

  async events(): Promise<Event[]> {
    const list = await this.bed.send<{ items: Event[] }>("GET", `${this.bed.path("events")}?fieldSelector=${encodeURIComponent(`involvedObject.name=${this.name}`)}`);
    return list.items;
  }
  async eventUntil(reason: string, message?: RegExp, waitMs = WAIT_MS): Promise<Event> {
    const end = Date.now() + waitMs;
    for (;;) {
      const list = await this.events();
      const found = list.find((e) => e.reason === reason && (!message || message.test(e.message)));
      if (found) return found;
      if (Date.now() > end) throw new Error(`${this.name} has no event ${reason} ${message}: ${JSON.stringify(list.map((e) => `${e.reason}: ${e.message}`), null, 1)}`);
      await sleep(150);
    }
  }

  patch(body: object, subresource = ""): Promise<Pod> { return this.bed.send("PATCH", this.path + subresource, body, "application/strategic-merge-patch+json"); }
  async delete(graceSeconds?: number): Promise<void> {
    await this.bed.send("DELETE", this.path, { kind: "DeleteOptions", apiVersion: "v1", ...(graceSeconds !== undefined && { gracePeriodSeconds: graceSeconds }) });
  }
  async gone(waitMs = WAIT_MS): Promise<void> {
    const end = Date.now() + waitMs;
    while ((await this.bed.text(this.path)).status !== 404) {
      if (Date.now() > end) throw new Error(`${this.name} does not go: ${JSON.stringify(await this.get())}`);
      await sleep(100);
    }
  }

  /** Runs a shell command in the pod and gives what it wrote. */
  exec(command: string, container?: string): Promise<string> {
    const query = new URLSearchParams([["stdout", "true"], ["stderr", "true"], ...["sh", "-c", command].map((word): [string, string] => ["command", word]), ...(container ? [["container", container] as [string, string]] : [])]);
    return this.stream(`exec?${query}`, "v5.channel.k8s.io", (data) => (data[0] === 1 || data[0] === 2 ? data.subarray(1).toString() : ""));
  }

  /** What comes over a WebSocket of the pod until that ends. */
  stream(path: string, protocol: string, textOf: (message: Buffer) => string): Promise<string> {
    const { origin, caPem } = installation;
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`${origin.replace("https", "wss")}${this.path}/${path}`, [protocol], { ca: caPem, headers: { authorization: `Bearer ${adminToken()}` } });
      let text = "";
      socket.on("message", (data: Buffer) => { text += textOf(data); });
      socket.on("error", reject).on("close", () => resolve(text));
    });
  }
}

export const configMap = (name: string, data: Record<string, string>, more: object = {}): Record<string, object[]> => ({ configmaps: [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data, ...more }] });
export const secret = (name: string, stringData: Record<string, string>, more: object = {}): Record<string, object[]> => ({ secrets: [{ apiVersion: "v1", kind: "Secret", metadata: { name }, stringData, ...more }] });
export const shell = (script: string): { command: string[] } => ({ command: ["sh", "-c", script] });
/** Goes on until it is told to end, and then ends at once. */
export const forever = "trap 'exit 0' TERM; while :; do sleep 0.1; done";
export const once = { restartPolicy: "Never" } as const;
