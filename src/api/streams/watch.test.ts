import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ApiRequest } from "../request.ts";
import { fakeCluster, served, type FakeCluster } from "../testing/fake-cluster.ts";
import { BACKLOG_BYTES_MAX } from "./watch-sink.ts";

/** The Cluster's end of a watch socket. */
class FakeSocket extends EventTarget {
  closedWith: number | undefined;
  sent: string[] = [];
  accept(): void {}
  send(text: string): void { this.sent.push(text); }
  close(code = 1000): void { this.closedWith = code; }
  message(data: string | Uint8Array): void {
    this.dispatchEvent(Object.assign(new Event("message"), { data: typeof data === "string" ? data : data.buffer }));
  }
  lose(code = 1006): void { this.dispatchEvent(Object.assign(new Event("close"), { code })); }
}

const event = (type: string, version: number, name = "a") =>
  JSON.stringify({ type, object: { kind: "ConfigMap", apiVersion: "v1", metadata: { name, resourceVersion: String(version) } } });

interface Watched { cluster: FakeCluster; sockets: FakeSocket[]; opened: ApiRequest[]; fetch: ReturnType<typeof served>["fetch"] }

function watched(initial: string[] = [], refuse?: (request: ApiRequest, count: number) => Response | undefined): Watched {
  const sockets: FakeSocket[] = [];
  const opened: ApiRequest[] = [];
  const cluster = fakeCluster({
    watch(request, upgrade) {
      if (!upgrade) return new Response(initial.map((line) => `${line}\n`).join(""), { headers: { "x-isopod-revision": "10" } });
      opened.push(request);
      const refused = refuse?.(request, opened.length);
      if (refused) return refused;
      const socket = new FakeSocket();
      sockets.push(socket);
      return { status: 101, webSocket: socket, headers: new Headers({ "x-isopod-revision": new URLSearchParams(request.query).get("resourceVersion") ?? "10" }) } as unknown as Response;
    },
  });
  return { cluster, sockets, opened, fetch: served(cluster).fetch };
}

class Lines {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #text = "";
  constructor(response: Response) { this.#reader = response.body!.getReader() as ReadableStreamDefaultReader<Uint8Array>; }
  async next(): Promise<any> {
    for (;;) {
      const end = this.#text.indexOf("\n");
      if (end >= 0) {
        const line = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 1);
        return line === "" ? "blank" : JSON.parse(line);
      }
      const { done, value } = await this.#reader.read();
      if (done) return "end";
      this.#text += new TextDecoder().decode(value);
    }
  }
  cancel(): Promise<void> { return this.#reader.cancel(); }
}

beforeEach(() => { vi.useFakeTimers({ toFake: ["setTimeout", "setInterval", "clearTimeout", "clearInterval"] }); });
afterEach(() => { vi.useRealTimers(); });

const socketOf = (w: Watched, count = 1) => vi.waitFor(async () => {
  await vi.advanceTimersByTimeAsync(50);
  expect(w.sockets.length).toBe(count);
  return w.sockets[count - 1]!;
});

test("the present state comes first, then events from its revision on, as the Cluster wrote them", async () => {
  const w = watched([event("ADDED", 3), event("ADDED", 7, "b")]);
  const lines = new Lines(await w.fetch("/api/v1/configmaps?watch=true"));
  expect([(await lines.next()).object.metadata.name, (await lines.next()).object.metadata.name]).toEqual(["a", "b"]);
  const socket = await socketOf(w);
  expect(new URLSearchParams(w.opened[0]!.query).get("resourceVersion")).toBe("10");
  socket.message(`${event("MODIFIED", 11)}\n${event("DELETED", 12)}`);
  socket.message(new TextEncoder().encode(event("ADDED", 13)));
  expect([(await lines.next()).type, (await lines.next()).type, (await lines.next()).type]).toEqual(["MODIFIED", "DELETED", "ADDED"]);
  await lines.cancel();
  expect(socket.closedWith).toBe(1000);
});

test("a lost socket is opened again from the last event; the client notices nothing", async () => {
  const w = watched();
  const lines = new Lines(await w.fetch("/api/v1/configmaps?watch=true&resourceVersion=5&labelSelector=a%3Db"));
  const first = await socketOf(w);
  first.message(event("ADDED", 8));
  first.lose();
  await vi.advanceTimersByTimeAsync(500);
  const second = await socketOf(w, 2);
  expect(Object.fromEntries(new URLSearchParams(w.opened[1]!.query))).toEqual({ watch: "true", resourceVersion: "8", labelSelector: "a=b" });
  second.message(event("MODIFIED", 9));
  expect([(await lines.next()).object.metadata.resourceVersion, (await lines.next()).object.metadata.resourceVersion]).toEqual(["8", "9"]);
  second.lose(1000);
  expect(await lines.next()).toBe("end");
});

test("history that is gone ends the watch with an ERROR event", async () => {
  const gone = () => Response.json({ kind: "Status", apiVersion: "v1", code: 410, reason: "Expired" }, { status: 410 });
  const w = watched([], (_, count) => (count > 1 ? gone() : undefined));
  const lines = new Lines(await w.fetch("/api/v1/configmaps?watch=true&resourceVersion=5"));
  (await socketOf(w)).lose();
  await vi.advanceTimersByTimeAsync(500);
  expect(await lines.next()).toMatchObject({ type: "ERROR", object: { code: 410 } });
  expect(await lines.next()).toBe("end");
  const atOnce = await watched([], gone).fetch("/api/v1/configmaps?watch=true&resourceVersion=5");
  expect([atOnce.status, (await atOnce.json() as any).type]).toEqual([200, "ERROR"]);
});

test("other refusals are the answer itself", async () => {
  const w = watched([], () => Response.json({ kind: "Status", code: 403 }, { status: 403 }));
  expect((await w.fetch("/api/v1/configmaps?watch=true&resourceVersion=5")).status).toBe(403);
});

test("a client that reads too slowly is taken from the Cluster's socket, and resumes when it has caught up", async () => {
  const w = watched();
  const lines = new Lines(await w.fetch("/api/v1/configmaps?watch=true&resourceVersion=5"));
  const first = await socketOf(w);
  const big = JSON.stringify({ type: "ADDED", object: { metadata: { resourceVersion: "6" }, data: "x".repeat(BACKLOG_BYTES_MAX + 200_000) } });
  first.message(big);
  await vi.waitFor(() => expect(first.closedWith).toBe(1000));
  first.message(event("ADDED", 7)); // on its way already; will come again
  await vi.advanceTimersByTimeAsync(1000);
  expect(w.sockets.length).toBe(1);
  expect((await lines.next()).object.metadata.resourceVersion).toBe("6");
  const second = await socketOf(w, 2);
  expect(new URLSearchParams(w.opened[1]!.query).get("resourceVersion")).toBe("6");
  second.message(event("ADDED", 7));
  expect((await lines.next()).object.metadata.resourceVersion).toBe("7");
  await lines.cancel();
});

test("an idle watch sends blank lines, and bookmarks where they are allowed, without waking the Cluster", async () => {
  const w = watched();
  const lines = new Lines(await w.fetch("/api/v1/configmaps?watch=true&resourceVersion=5&allowWatchBookmarks=true"));
  const socket = await socketOf(w);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await lines.next()).toBe("blank");
  await vi.advanceTimersByTimeAsync(50_000);
  let line = await lines.next();
  while (line === "blank") line = await lines.next();
  expect(line).toMatchObject({ type: "BOOKMARK", object: { kind: "ConfigMap", apiVersion: "v1", metadata: { resourceVersion: "5" } } });
  expect(socket.sent).toEqual([]);
  await lines.cancel();
});

test("timeoutSeconds ends it", async () => {
  const w = watched();
  const lines = new Lines(await w.fetch("/api/v1/configmaps?watch=true&resourceVersion=5&timeoutSeconds=3"));
  await socketOf(w);
  await vi.advanceTimersByTimeAsync(3000);
  expect(await lines.next()).toBe("end");
});

describe("other forms", () => {
  test("Tables name their columns in the first event only", async () => {
    const w = watched([event("ADDED", 3)]);
    const lines = new Lines(await w.fetch("/api/v1/configmaps?watch=true", { headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } }));
    expect((await lines.next()).object.columnDefinitions[0].name).toBe("Name");
    (await socketOf(w)).message(event("ADDED", 11, "b"));
    const second = (await lines.next()).object;
    expect([second.kind, second.columnDefinitions, second.rows[0].cells[0]]).toEqual(["Table", undefined, "b"]);
    await lines.cancel();
  });

  test("protobuf comes in frames with their length", async () => {
    const w = watched();
    const response = await w.fetch("/api/v1/configmaps?watch=true&resourceVersion=5", { headers: { accept: "application/vnd.kubernetes.protobuf" } });
    expect(response.headers.get("content-type")).toBe("application/vnd.kubernetes.protobuf;stream=watch");
    (await socketOf(w)).message(event("ADDED", 6));
    const reader = response.body!.getReader();
    const frame = (await reader.read()).value as Uint8Array;
    expect(new DataView(frame.buffer, frame.byteOffset).getUint32(0)).toBe(frame.length - 4);
    await reader.cancel();
  });

  test("YAML watches are not acceptable", async () => {
    expect((await watched().fetch("/api/v1/configmaps?watch=true", { headers: { accept: "application/yaml" } })).status).toBe(406);
  });
});
