import type { ClusterParameters } from "../api/cluster-stub.ts";
import type { Registry } from "../api/registry.ts";
import { bootstrapObjects, defaultsVersion, keepDefaults } from "../auth/bootstrap.ts";
import type { ClusterFacts } from "../kinds/kind.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { Identity } from "./identity.ts";
import type { Log } from "./log.ts";
import type { Replays } from "./replays.ts";
import type { StoreTransaction } from "./store.ts";

/**
 * The objects that every cluster has (`src/auth/bootstrap.ts`): made with it in one transaction, and brought up to date
 * when it wakes under another version than the one that it was made, or last awake, under.
 */
export interface DefaultsOptions {
  identity: Identity;
  facts: ClusterFacts;
  commits: GroupCommit;
  replays: Replays;
  registry(): Registry;
  nowMs(): number;
  log: Log;
}

export class Defaults {
  readonly #options: DefaultsOptions;

  constructor(options: DefaultsOptions) { this.#options = options; }

  /** The cluster itself with all that it starts with. */
  create(parameters: ClusterParameters): void {
    const { identity, facts, commits, registry, nowMs } = this.#options;
    commits.runNow<void>((stx) => {
      const tx = registry().transaction(stx);
      identity.create(parameters, nowMs());
      identity.defaults = defaultsVersion();
      const apiPort = Number(new URL(parameters.url).port) || 443;
      for (const object of bootstrapObjects({ serviceCidrs: facts.serviceCidrs, apiPort })) {
        const kind = tx.kindOf(object);
        if (!kind) throw new Error(`no kind for ${object.apiVersion} ${object.kind}`);
        tx.create(kind, object);
      }
    });
  }

  /** What fails is tried again when the cluster next wakes. */
  async keep(): Promise<void> {
    const { identity, commits, replays, registry, log } = this.#options;
    if (identity.defaults === defaultsVersion()) return;
    const work = (tx: StoreTransaction): void => {
      keepDefaults(registry().transaction(tx));
      identity.defaults = defaultsVersion();
    };
    try {
      await replays.complete({ group: "", resource: "" }, (within) => commits.submit<void>((tx) => within(() => work(tx))));
    } catch (error) {
      log("error", "bringing the default policy up to date failed", { error });
    }
  }
}
