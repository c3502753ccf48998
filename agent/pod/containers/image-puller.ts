/**
 * Images for containers: policy, credentials from pull secrets, back-off, upstream's reasons and events. A pull goes on in
 * the background, once for all pods that wait for the same image, and wakes them when it is over.
 */
import type { Clock } from "../../clock.ts";
import type { Image, PodSandboxConfig } from "../../cri/messages.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { EventRecorder, EventType } from "../events.ts";
import type { NamedContainer, Pod } from "../types.ts";
import { BackOff } from "./back-off.ts";
import { matchingCredentials, normalizeImage, type PullCredentials } from "./image-name.ts";

export type ImageResult =
  | { image: Image }
  /** Not yet: the pod is woken when there is news, or looks again after `retryMs`. */
  | { waiting: { reason: string; message: string }; retryMs?: number };

interface Pull { promise: Promise<string>; startedMs: number }
export interface ImageRequest { pod: Pod; container: NamedContainer; where: Parameters<EventRecorder["pod"]>[4]; sandbox: PodSandboxConfig; secrets: () => Promise<PullCredentials[]>; wake: () => void }

export class ImagePuller {
  private readonly pulls = new Map<string, Pull>();
  private readonly failures = new Map<string, { message: string; atMs: number }>();
  private readonly pulled = new Set<string>();
  private readonly backOff = new BackOff();
  private readonly runtime: Runtime;
  private readonly events: EventRecorder;
  private readonly clock: Clock;
  constructor(options: { runtime: Runtime; events: EventRecorder; clock: Clock }) { this.runtime = options.runtime; this.events = options.events; this.clock = options.clock; }

  async ensure(request: ImageRequest): Promise<ImageResult> {
    const { pod, container } = request;
    const tell = (type: EventType, reason: string, message: string): void => this.events.pod(pod, type, reason, message, request.where);
    const name = normalizeImage(container.image);
    if (name === undefined) {
      const message = `Failed to apply default image tag "${container.image}": couldn't parse image name "${container.image}": invalid reference format`;
      tell("Warning", "InspectFailed", message);
      tell("Warning", "Failed", "Error: InvalidImageName");
      return { waiting: { reason: "InvalidImageName", message }, retryMs: 60_000 };
    }
    const key = `${pod.metadata.uid}_${container.image}`;
    if (this.pulls.has(key)) return { waiting: { reason: "ContainerCreating", message: "" } };
    const present = await this.runtime.imageStatus(name);
    const policy = container.imagePullPolicy ?? "IfNotPresent";
    if (present?.id && (policy !== "Always" || this.pulled.delete(key))) {
      if (policy !== "Always") tell("Normal", "Pulled", `Container image "${container.image}" already present on machine`);
      this.failures.delete(key);
      return { image: present };
    }
    if (policy === "Never") {
      const message = `Container image "${container.image}" is not present with pull policy of Never`;
      tell("Warning", "ErrImageNeverPull", message);
      tell("Warning", "Failed", "Error: ErrImageNeverPull");
      return { waiting: { reason: "ErrImageNeverPull", message }, retryMs: 10_000 };
    }
    return this.afterFailure(key, container, tell) ?? this.startPull(key, name, request, tell);
  }

  /** A failed pull is reported once as it is, then as back-off until its delay is over. */
  private afterFailure(key: string, container: NamedContainer, tell: (type: EventType, reason: string, message: string) => void): ImageResult | undefined {
    const failure = this.failures.get(key);
    if (!failure) return undefined;
    const remainingMs = failure.atMs + this.backOff.delayMs(key, failure.atMs) - this.clock.now();
    if (remainingMs <= 0) { this.failures.delete(key); return undefined; }
    if (!this.reported.has(key)) {
      this.reported.add(key);
      return { waiting: { reason: "ErrImagePull", message: failure.message }, retryMs: Math.min(remainingMs, 3000) };
    }
    tell("Normal", "BackOff", `Back-off pulling image "${container.image}"`);
    tell("Warning", "Failed", "Error: ImagePullBackOff");
    return { waiting: { reason: "ImagePullBackOff", message: `Back-off pulling image "${container.image}": ErrImagePull: ${failure.message}` }, retryMs: remainingMs };
  }
  private readonly reported = new Set<string>();

  private startPull(key: string, name: string, request: ImageRequest, tell: (type: EventType, reason: string, message: string) => void): ImageResult {
    const { container } = request;
    const startedMs = this.clock.now();
    tell("Normal", "Pulling", `Pulling image "${container.image}"`);
    const promise = this.pull(name, request);
    this.pulls.set(key, { promise, startedMs });
    this.reported.delete(key);
    promise.then(async () => {
      const size = (await this.runtime.imageStatus(name).catch(() => undefined))?.size ?? 0;
      const took = formatSeconds(this.clock.now() - startedMs);
      tell("Normal", "Pulled", `Successfully pulled image "${container.image}" in ${took} (${took} including waiting). Image size: ${size} bytes.`);
      this.pulled.add(key);
      this.failures.delete(key);
    }, (error: Error) => {
      const message = `failed to pull and unpack image "${container.image}": ${error.message}`.replace(/^failed to pull and unpack image "[^"]*": (?=.*failed to pull and unpack)/s, "");
      tell("Warning", "Failed", `Failed to pull image "${container.image}": ${message}`);
      tell("Warning", "Failed", "Error: ErrImagePull");
      this.failures.set(key, { message, atMs: this.clock.now() });
      this.backOff.next(key, this.clock.now());
    }).finally(() => { this.pulls.delete(key); request.wake(); });
    return { waiting: { reason: "ContainerCreating", message: "" } };
  }

  /** With each of the credentials that fit until one does, or with none. */
  private async pull(name: string, request: ImageRequest): Promise<string> {
    const fitting = matchingCredentials(await request.secrets(), name);
    for (const credentials of fitting.slice(0, -1)) {
      try { return await this.runtime.pullImage(name, credentials, request.sandbox); } catch { /* the next one may do */ }
    }
    return this.runtime.pullImage(name, fitting.at(-1), request.sandbox);
  }

  forget(podUid: string): void {
    for (const key of [...this.failures.keys(), ...this.pulled]) if (key.startsWith(`${podUid}_`)) { this.failures.delete(key); this.pulled.delete(key); this.backOff.forget(key); this.reported.delete(key); }
  }
}

const formatSeconds = (ms: number): string => (ms < 1000 ? `${ms}ms` : `${(ms / 1000).toFixed(3).replace(/0+$/, "").replace(/\.$/, "")}s`);
