import { Agent, request } from "node:https";
import type { TestInstallation } from "./installation.ts";

/** Requests as no well-behaved client would send them. Headers are sent as given, on top of the administrator's token. */
export interface RawAnswer { status: number; text: string; headers: Record<string, string | string[] | undefined> }
export interface RawRequest { method?: string; path: string; body?: string | Uint8Array; headers?: Record<string, string> }

type Reached = Pick<TestInstallation, "origin" | "caPem" | "token">;

export class RawClient implements Disposable {
  readonly #installation: Reached;
  readonly #agent: Agent;

  constructor(installation: Reached) {
    this.#installation = installation;
    this.#agent = new Agent({ ca: installation.caPem, keepAlive: true, maxSockets: 32 });
  }

  send({ method = "GET", path, body, headers }: RawRequest): Promise<RawAnswer> {
    const { origin, token } = this.#installation;
    const length = body === undefined ? {} : { "content-length": `${Buffer.byteLength(body)}` }; // Node sends no body with DELETE otherwise
    return new Promise((resolve, reject) => {
      const sent = request(origin + path, { method, agent: this.#agent, timeout: 20_000, headers: { authorization: `Bearer ${token}`, ...length, ...headers } }, (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => { text += chunk; });
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text, headers: answer.headers }));
      });
      sent.on("timeout", () => sent.destroy(new Error(`${method} ${path}: no answer`))).on("error", reject);
      sent.end(body);
    });
  }

  [Symbol.dispose](): void { this.#agent.destroy(); }
}
