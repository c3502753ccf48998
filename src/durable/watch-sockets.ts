import type { ApiRequest } from "../api/request.ts";
import type { Attachments } from "./attachments.ts";
import type { Hub } from "./hub.ts";
import { resourceTag, type HubSocket, type SocketHost } from "./sockets.ts";
import type { EventSink, Subscriber } from "./subscriber.ts";

/**
 * Sockets of watches that the Worker bridges to HTTP clients: one watch each, whose request is the attachment, found
 * again after a hibernation by the tag of its resource. A message is one or several WatchEvents, separated by newlines.
 */
export class WatchSockets {
  readonly #hub: Hub;
  readonly #host: SocketHost;
  readonly #attachments: Attachments;
  readonly #known = new Map<HubSocket, Subscriber>();
  readonly #ended: (request: ApiRequest) => void;
  /** Told as ended; a socket that we close is heard of again. */
  readonly #over = new WeakSet<HubSocket>();

  /** `ended`: told once of each watch. */
  constructor(parts: { hub: Hub; host: SocketHost; attachments: Attachments; ended(request: ApiRequest): void }) {
    this.#hub = parts.hub;
    this.#host = parts.host;
    this.#attachments = parts.attachments;
    this.#ended = (request) => parts.ended(request);
  }

  /** `accept` makes the socket, once the watch is not refused. Returns the revision from which it starts. Throws ApiError. */
  open(request: ApiRequest, accept: (resource: string) => HubSocket): number {
    const sink = new BridgeSink(this);
    const subscriber = this.#hub.subscribe(request, sink, { keepsTime: false });
    const from = subscriber.plan!.from;
    // The initial events went another way. The Worker keeps the time, so that nothing wakes up here for it.
    Object.assign(subscriber, { initial: undefined, cursor: from });
    this.#known.set(sink.attach(accept(subscriber.resource!)), subscriber);
    this.#hub.start(subscriber);
    return from;
  }

  has(socket: HubSocket): boolean {
    return this.#known.has(socket);
  }

  message(socket: HubSocket, text: string): void {
    const subscriber = this.#known.get(socket) ?? this.#restoreOne(socket);
    if (subscriber && text === "bookmark") this.#hub.bookmark(subscriber);
  }

  closed(socket: HubSocket): void {
    const subscriber = this.#known.get(socket);
    const request = subscriber?.request ?? this.#requestOf(socket);
    if (subscriber) this.#hub.unsubscribe(subscriber);
    this.#known.delete(socket);
    this.#attachments.forget(socket);
    if (request && !this.#over.has(socket)) this.#ended(request);
    this.#over.add(socket);
  }

  restore(resource: string): void {
    for (const socket of this.#host.sockets(resourceTag(resource))) if (!this.#known.has(socket)) this.#restoreOne(socket);
  }

  save(socket: HubSocket, { request, cursor }: Subscriber, resource: string): void {
    this.#attachments.write(socket, { type: "watch", request, resource, ...(cursor !== undefined && { cursor }) });
  }

  #requestOf(socket: HubSocket): ApiRequest | undefined {
    const attachment = this.#attachments.read(socket);
    return attachment?.type === "watch" ? attachment.request : undefined;
  }

  #restoreOne(socket: HubSocket): Subscriber | undefined {
    const attachment = this.#attachments.read(socket);
    if (attachment?.type !== "watch") return undefined;
    const subscriber: Subscriber = { request: attachment.request, sink: new BridgeSink(this, socket), ...(attachment.cursor !== undefined && { cursor: attachment.cursor }) };
    this.#known.set(socket, subscriber);
    this.#hub.resume(attachment.resource, subscriber);
    return subscriber;
  }
}

class BridgeSink implements EventSink {
  readonly wantsBookmarks = false;
  readonly #sockets: WatchSockets;
  #socket: HubSocket | undefined;
  #texts: string[] = [];

  constructor(sockets: WatchSockets, socket?: HubSocket) {
    this.#sockets = sockets;
    this.#socket = socket;
  }

  attach(socket: HubSocket): HubSocket {
    return this.#socket = socket;
  }

  event(text: string): void { this.#texts.push(text); }

  flush(): void {
    if (this.#texts.length === 0) return;
    const message = this.#texts.length === 1 ? this.#texts[0]! : this.#texts.join("\n");
    this.#texts = [];
    this.#socket!.send(message);
  }

  backlogBytes(): number { return this.#socket?.backlogBytes?.() ?? 0; }

  end(): void {
    this.#socket!.close(1000, "the watch is over");
    this.#sockets.closed(this.#socket!);
  }

  save(subscriber: Subscriber, resource: string): void {
    this.#sockets.save(this.#socket!, subscriber, resource);
  }
}
