/// <reference types="@cloudflare/vitest-plugin/types" />
import { env } from "cloudflare:workers";
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, test } from "vitest";
import { migrate } from "../../src/durable/migrations.ts";
import { DurableDatabase } from "../../src/durable/sql-durable.ts";
import { SqlStore } from "../../src/durable/sql-store.ts";
import { storeCases } from "../contract/store-cases.ts";

const { STORE } = env as unknown as { STORE: DurableObjectNamespace };

describe("the store in a Durable Object that is evicted between steps", () => {
  test.each(storeCases)("$name", async ({ name, steps }) => {
    const stub = STORE.get(STORE.idFromName(name));
    const clock = { nowMs: 1_800_000_000_000 };
    const state = {};
    for (const [i, step] of steps.entries()) {
      if (i > 0) await evictDurableObject(stub);
      await runInDurableObject(stub, (_, { storage }) => {
        const db = new DurableDatabase(storage);
        migrate(db);
        step({ store: new SqlStore(db, () => clock.nowMs), clock, state });
      });
    }
  });
});
