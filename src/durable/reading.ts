import type { Registry, RowConversion } from "../api/registry.ts";
import type { ApiRequest, ApiResponse } from "../api/request.ts";
import { requestTooLarge, type Subject } from "../lib/errors.ts";
import { initialEventTexts } from "./initial-events.ts";
import { listText, listTexts } from "./list-stream.ts";
import type { Replays } from "./replays.ts";
import type { SqlStore } from "./sql-store.ts";
import { begun, convertedAhead, type Texts, type Wanted } from "./wanted.ts";

/**
 * Lists and the initial events of watches, as texts at one revision, page by page. Where a custom resource is converted by
 * a webhook, a page's conversions are asked for together before the page is made.
 */
export interface ReadingOptions { store: SqlStore; replays: Replays; registry(): Registry }

export interface ReadTexts { texts: Texts; warnings: readonly string[] }

const LIST_CHARACTERS_MAX = 24_000_000;

export class Reading {
  readonly #options: ReadingOptions;

  constructor(options: ReadingOptions) { this.#options = options; }

  /** Throws ApiError. */
  async list(request: ApiRequest): Promise<ReadTexts> {
    const { store, registry } = this.#options;
    const plan = registry().planList(store.transaction, request);
    return { texts: await this.#texts(request, listTexts(store, plan), plan.conversion), warnings: plan.warnings ?? [] };
  }

  /** As one answer, in one go; it may be suspended. Throws ApiError. */
  listAnswer(request: ApiRequest): ApiResponse {
    const { store, registry } = this.#options;
    const body = listText(store, registry().planList(store.transaction, request), LIST_CHARACTERS_MAX);
    if (body === undefined) throw requestTooLarge("the list is too large for one answer: use limit and continue");
    return { status: 200, body };
  }

  /** One event a line; the watch goes on from `revision`. Throws ApiError. */
  async initialEvents(request: ApiRequest): Promise<ReadTexts & { revision: number }> {
    const { store, registry } = this.#options;
    const plan = registry().planWatch(store.transaction, request);
    const texts = plan.initialEvents ? initialEventTexts(store, plan) : (function* () {})();
    return { revision: plan.from, texts: await this.#texts(request, texts, plan.conversion), warnings: plan.warnings ?? [] };
  }

  convert(subject: Subject, make: () => void): Promise<void> {
    return this.#options.replays.complete(subject, (within) => within(make));
  }

  async #texts(request: ApiRequest, texts: Generator<string | Wanted>, conversion: RowConversion | undefined): Promise<Texts> {
    if (!conversion) return texts as Generator<string>;
    return await begun(convertedAhead(texts, (rows) => this.convert(request, () => conversion.make(rows))));
  }
}
