/** One end of a WebSocket; messages reach the other end in later turns. Node has no pairs of its own. */
export class End extends EventTarget {
  peer!: End;
  binaryType = "arraybuffer";
  accept(): void {}
  send(data: Uint8Array | string): void {
    const copy = typeof data === "string" ? data : data.slice().buffer;
    queueMicrotask(() => this.peer.dispatchEvent(Object.assign(new Event("message"), { data: copy })));
  }
  close(code = 1000, reason = ""): void { queueMicrotask(() => this.peer.dispatchEvent(Object.assign(new Event("close"), { code, reason }))); }
}

export function pair(): [End, End] {
  const [a, b] = [new End(), new End()];
  a.peer = b;
  b.peer = a;
  return [a, b];
}

/** The answer to an upgrade, as workerd gives it to `fetch`. */
export const upgraded = (socket: End): Response => ({ status: 101, webSocket: socket }) as unknown as Response;
