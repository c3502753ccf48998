import { joinBytes } from "../../lib/bytes.ts";
import type { Status } from "../../lib/errors.ts";
import type { ClusterStub } from "../cluster-stub.ts";
import type { ApiRequest } from "../request.ts";
import { HEARTBEAT_MS } from "./heartbeat.ts";
import { linesOf, type WatchEncoding } from "./watch-encoding.ts";
import type { WatchSink } from "./watch-sink.ts";
import { openSocket, resumed, type EventSocket, type InitialEvents } from "./watch-source.ts";

export interface BridgedWatch {
  clusterId: string;
  stub: ClusterStub;
  request: ApiRequest;
  sink: WatchSink;
  encoding: WatchEncoding;
  timeoutMs: number;
  /** Makes a bookmark's event text. Absent when the client does not want bookmarks. */
  bookmark?: (revision: string) => string;
}

type Outcome = "over" | "lost" | "overfull";

const BOOKMARK_MS = 60_000;
const REOPEN_MS = 200;
const REOPEN_ATTEMPTS_MAX = 5;
/** Asks a Cluster for a bookmark at its present revision, in order with the events. */
const ASK_FOR_BOOKMARK = "bookmark";

/** Latest revision that a bookmarked watch of this isolate saw, by cluster: tells whether a quiet watch lags. */
const latestRevisions = new Map<string, number>();

/**
 * Carries one watch from the Cluster to a client. The Cluster may sleep meanwhile: heartbeats, bookmarks and the timeout
 * are made here. The client sees one ordered stream however often the socket behind it is opened again: after a lost
 * socket, or when a slow client let its backlog grow beyond the limit, the bridge goes on from the last event that it
 * passed on.
 */
export class WatchBridge {
  readonly #watch: BridgedWatch;
  #revision: string;
  /** Read for its revision only when that is needed. */
  #lastMessage: string | Uint8Array | undefined;
  #socket: WebSocket | undefined;

  constructor(watch: BridgedWatch, fromRevision: string) {
    this.#watch = watch;
    this.#revision = fromRevision;
  }

  /** Ends with the sink ended, and never throws. */
  async run(opened: InitialEvents | EventSocket): Promise<void> {
    const { sink, request, clusterId } = this.#watch;
    const stopTimers = this.#startTimers();
    try {
      if (opened.type === "initial") await this.#passInitialEvents(opened);
      await this.#followUntilOver(opened.type === "socket" ? opened : undefined);
    } catch (error) {
      console.error(JSON.stringify({ level: "error", message: "watch failed", cluster: clusterId, resource: request.resource, error: String(error) }));
    } finally {
      stopTimers();
      sink.end();
    }
  }

  async #passInitialEvents({ body }: InitialEvents): Promise<void> {
    const { sink, encoding } = this.#watch;
    for await (const lines of wholeLines(body)) {
      if (sink.ended) return;
      sink.write(encoding.encode(lines));
      if (sink.overfull) await sink.drained();
    }
  }

  async #followUntilOver(first: EventSocket | undefined): Promise<void> {
    const { sink } = this.#watch;
    let source = first;
    for (let failures = 0; !sink.ended && failures < REOPEN_ATTEMPTS_MAX;) {
      const opened = source ?? await this.#reopen();
      source = undefined;
      if (opened === "over") return;
      const outcome = opened ? await this.#follow(opened) : "lost";
      failures = opened ? 0 : failures + 1;
      if (outcome === "over") return;
      if (outcome === "overfull") await sink.drained();
      else if (!sink.ended) await new Promise((resolve) => setTimeout(resolve, REOPEN_MS));
    }
  }

  async #reopen(): Promise<EventSocket | "over" | undefined> {
    const { stub, request, sink, encoding } = this.#watch;
    const source = await openSocket(stub, resumed(request, this.#cursor())).catch(() => undefined);
    if (source?.type !== "refused") return source;
    if (source.response.status >= 500) return undefined;
    sink.write(encoding.encode(errorEvent(await source.response.json() as Status)));
    return "over";
  }

  #follow({ socket, revision }: EventSocket): Promise<Outcome> {
    const { sink } = this.#watch;
    if (revision) this.#revision = revision;
    this.#lastMessage = undefined;
    this.#socket = socket;
    return new Promise((resolve) => {
      const leave = (outcome: Outcome, closeCode?: number) => {
        if (this.#socket !== socket) return;
        this.#socket = undefined;
        if (closeCode) socket.close(closeCode);
        resolve(outcome);
      };
      socket.addEventListener("message", ({ data }) => {
        if (this.#socket !== socket) return;
        this.#pass(typeof data === "string" ? data : new Uint8Array(data as ArrayBuffer));
        if (sink.overfull) leave("overfull", 1000);
      });
      socket.addEventListener("close", ({ code }) => leave(code === 1000 ? "over" : "lost"));
      socket.addEventListener("error", () => leave("lost"));
      sink.onEnd(() => leave("over", 1000));
      socket.binaryType = "arraybuffer"; // newer compatibility dates give Blobs
      socket.accept();
      if (sink.ended) leave("over", 1000);
    });
  }

  #pass(message: string | Uint8Array): void {
    this.#watch.sink.write(this.#watch.encoding.encode(message));
    this.#lastMessage = message;
  }

  #cursor(): string {
    if (this.#lastMessage === undefined) return this.#revision;
    const last = JSON.parse(linesOf(this.#lastMessage).at(-1)!) as { object?: { metadata?: { resourceVersion?: string } } };
    this.#lastMessage = undefined;
    return this.#revision = last.object?.metadata?.resourceVersion ?? this.#revision;
  }

  #startTimers(): () => void {
    const { sink, encoding, timeoutMs, bookmark } = this.#watch;
    const { heartbeat } = encoding;
    const timers = [setTimeout(() => sink.end(), timeoutMs)];
    if (heartbeat) timers.push(setInterval(() => sink.write(heartbeat), HEARTBEAT_MS) as unknown as typeof timers[number]);
    if (bookmark) timers.push(setInterval(() => this.#sendBookmark(bookmark), BOOKMARK_MS) as unknown as typeof timers[number]);
    const stop = () => timers.forEach((timer) => clearTimeout(timer));
    sink.onEnd(stop);
    return stop;
  }

  /** Wakes the Cluster only where another watch has shown that it has moved on. */
  #sendBookmark(bookmark: (revision: string) => string): void {
    const { clusterId, sink, encoding } = this.#watch;
    if (!this.#socket) return; // catching up
    const own = Number(this.#cursor());
    const latest = latestRevisions.get(clusterId) ?? 0;
    if (latest > own) return this.#socket.send(ASK_FOR_BOOKMARK);
    latestRevisions.set(clusterId, own);
    sink.write(encoding.encode(bookmark(this.#revision)));
  }
}

export const errorEvent = (status: Status): string => JSON.stringify({ type: "ERROR", object: status });

/** Chunks that end where a line ends, without the last newline. */
async function* wholeLines(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest = new Uint8Array();
  for await (const chunk of body) {
    const end = chunk.lastIndexOf(10);
    if (end < 0) {
      rest = joinBytes([rest, chunk]);
      continue;
    }
    yield joinBytes([rest, chunk.subarray(0, end)]);
    rest = chunk.slice(end + 1);
  }
  if (rest.length > 0) yield rest;
}
