import { expect } from "vitest";
import { aConfigMap, MASTER, NodeCluster } from "../contract/node-cluster.ts";
import { aConfiguration, FakeWebhooks, WEBHOOKS, type Webhook } from "./fake-webhooks.ts";

type Json = Record<string, any>;
export const MAPS = "/api/v1/namespaces/default/configmaps";

/** A cluster without controllers, and webhooks that it may ask. */
export class Hooked implements Disposable {
  readonly hooks: FakeWebhooks;
  readonly cluster: NodeCluster;
  constructor(webhooks: Record<string, Webhook>) {
    this.hooks = new FakeWebhooks(webhooks);
    this.cluster = new NodeCluster({ controllers: [], outbound: this.hooks.outbound });
  }

  async configure(kind: "Mutating" | "Validating", webhooks: readonly Json[], name = "c"): Promise<this> {
    const { status, body } = await this.send("POST", `${WEBHOOKS}/${kind.toLowerCase()}webhookconfigurations`, aConfiguration(kind, name, webhooks));
    expect(status, body.message).toBe(201);
    return this;
  }

  send(method: string, path: string, body?: unknown, user = MASTER): Promise<{ status: number; body: any; warnings?: string[] }> {
    return this.cluster.core.handle(this.cluster.request(method, path, body, user)).then(({ body: text, ...rest }) => ({ ...rest, body: JSON.parse(text) }));
  }

  create(object: Json = aConfigMap("a", { k: "v" }), path = MAPS): Promise<{ status: number; body: any; warnings?: string[] }> { return this.send("POST", path, object); }
  [Symbol.dispose](): void { this.cluster[Symbol.dispose](); }
}

export const hooked = (webhooks: Record<string, Webhook>): Hooked => new Hooked(webhooks);
