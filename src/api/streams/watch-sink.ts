/** Where a watch writes to. Writing never waits: `overfull` tells the writer to stop its source until `drained`. */
export interface WatchSink {
  write(chunk: Uint8Array): void;
  readonly overfull: boolean;
  drained(): Promise<void>;
  end(): void;
  readonly ended: boolean;
  onEnd(listener: () => void): void;
}

const WINDOW_BYTES = 1_048_576;
export const BACKLOG_BYTES_MAX = 4_194_304;

/** An HTTP response body. The client's disconnect is its end, seen at the next write. */
export function responseSink(): WatchSink & { body: ReadableStream<Uint8Array> } {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  let ended = false;
  let waiting: (() => void)[] = [];
  const listeners: (() => void)[] = [];
  const wake = () => {
    const woken = waiting;
    waiting = [];
    for (const resolve of woken) resolve();
  };
  const finish = () => {
    if (ended) return;
    ended = true;
    wake();
    for (const listener of listeners) listener();
  };
  const body = new ReadableStream<Uint8Array>({
    start(c) { controller = c; },
    pull: wake,
    cancel: finish,
  }, { highWaterMark: WINDOW_BYTES, size: (chunk) => chunk!.byteLength });
  return {
    body,
    write(chunk) {
      if (!ended && chunk.length > 0) controller.enqueue(chunk);
    },
    get overfull() { return (controller.desiredSize ?? 0) < WINDOW_BYTES - BACKLOG_BYTES_MAX; },
    drained: () => ended || (controller.desiredSize ?? 1) > 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve)),
    end() {
      if (ended) return;
      finish();
      controller.close();
    },
    get ended() { return ended; },
    onEnd: (listener) => listeners.push(listener),
  };
}

/** A client's WebSocket: one event a message, text for JSON. workerd does not tell how much of it is still unsent. */
export function socketSink(socket: WebSocket, text: boolean): WatchSink {
  let ended = false;
  const listeners: (() => void)[] = [];
  const decoder = new TextDecoder();
  const finish = () => {
    if (ended) return;
    ended = true;
    for (const listener of listeners) listener();
  };
  socket.addEventListener("close", finish);
  socket.addEventListener("error", finish);
  return {
    write(chunk) {
      if (ended) return;
      if (!text) socket.send(chunk);
      else for (const line of decoder.decode(chunk).split("\n")) if (line) socket.send(line);
    },
    overfull: false,
    drained: () => Promise.resolve(),
    end() {
      if (ended) return;
      finish();
      socket.close(1000);
    },
    get ended() { return ended; },
    onEnd: (listener) => listeners.push(listener),
  };
}
