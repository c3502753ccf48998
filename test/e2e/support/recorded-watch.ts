import type { ClientRequest } from "node:http";
import { request } from "node:https";
import type { TestInstallation } from "./installation.ts";

/**
 * A watcher as client-go's RetryWatcher is one: it remembers the last revision that it has seen, and asks again from there
 * whenever its stream ends. Every event that it was given is recorded, in order.
 */
export interface SeenEvent { type: string; name: string; revision: number; value: string | undefined }

export class RecordedWatch {
  readonly events: SeenEvent[] = [];
  /** How often the stream had to be opened. */
  opened = 0;
  readonly #installation: TestInstallation;
  readonly #path: string;
  #revision: number;
  #request: ClientRequest | undefined;
  #stopped = false;

  constructor(installation: TestInstallation, path: string, fromRevision: number) {
    this.#installation = installation;
    this.#path = path;
    this.#revision = fromRevision;
    this.#open();
  }

  stop(): void {
    this.#stopped = true;
    this.#request?.destroy();
  }

  #open(): void {
    if (this.#stopped) return;
    this.opened++;
    const { origin, caPem: ca, token } = this.#installation;
    const again = () => setTimeout(() => this.#open(), 20);
    let rest = "";
    this.#request = request(`${origin}${this.#path}?watch=true&resourceVersion=${this.#revision}`, { ca, agent: false, headers: { authorization: `Bearer ${token}` } }, (answer) => {
      answer.setEncoding("utf8").on("data", (text: string) => {
        const lines = (rest + text).split("\n");
        rest = lines.pop()!;
        for (const line of lines) if (line) this.#record(line);
      });
      answer.on("error", () => { /* "close" follows */ }).on("close", again);
    });
    this.#request.on("error", again).end();
  }

  #record(line: string): void {
    const { type, object } = JSON.parse(line) as { type: string; object: { metadata: { name?: string; resourceVersion: string }; data?: { value: string } } };
    const revision = Number(object.metadata.resourceVersion);
    if (type !== "ERROR") this.#revision = revision;
    this.events.push({ type, name: object.metadata.name ?? JSON.stringify(object), revision, value: object.data?.value });
  }
}
