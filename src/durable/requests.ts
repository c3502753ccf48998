import type { Registry } from "../api/registry.ts";
import type { ApiRequest, ApiResponse } from "../api/request.ts";
import type { StreamTarget } from "../kinds/kind.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { Reading, ReadTexts } from "./reading.ts";
import type { Replays, Within } from "./replays.ts";
import type { SqlStore } from "./sql-store.ts";

/**
 * Requests for resources that the front door has let in. Reads are answered from what is committed, at once; writes go
 * into the next commit. What has to wait for answers from outside is run again when they are in.
 */
export interface RequestsOptions {
  store: SqlStore;
  commits: GroupCommit;
  replays: Replays;
  reading: Reading;
  registry(): Registry;
  refusal(error: unknown): ApiResponse;
  /** Throws 401 where there is no cluster. */
  checkExists(): void;
  /** After each answer. */
  answered(): void;
}

export class Requests {
  readonly #options: RequestsOptions;

  constructor(options: RequestsOptions) { this.#options = options; }

  /** Never rejects. */
  async answer(request: ApiRequest): Promise<ApiResponse> {
    const { replays, refusal, checkExists, answered } = this.#options;
    try {
      checkExists();
      const noted = { ...request.auditAnnotations };
      return await replays.complete(request, (within) => {
        // What a run noted that had no answers yet is not what came of the request.
        for (const key in request.auditAnnotations) if (!(key in noted)) delete request.auditAnnotations[key];
        return this.#run(request, within);
      });
    } catch (error) {
      return refusal(error);
    } finally {
      answered();
    }
  }

  /** The same without a pause, in a transaction of its own: for tests. */
  answerNow(request: ApiRequest): ApiResponse {
    const { commits, replays, reading, registry, refusal } = this.#options;
    try {
      if (request.verb === "list") return reading.listAnswer(request);
      return commits.runNow<ApiResponse>((tx) => replays.once(() => registry().execute(tx, request)));
    } catch (error) {
      return refusal(error);
    }
  }

  /** Throws ApiError. */
  async list(request: ApiRequest): Promise<ReadTexts> {
    this.#options.checkExists();
    return await this.#options.reading.list(request);
  }

  /** Throws ApiError. */
  async initialEvents(request: ApiRequest): Promise<ReadTexts & { revision: number }> {
    this.#options.checkExists();
    return await this.#options.reading.initialEvents(request);
  }

  /** Where a stream goes. Throws ApiError. */
  connect(request: ApiRequest): Promise<StreamTarget> {
    const { replays, registry, store, checkExists } = this.#options;
    checkExists();
    return replays.complete(request, (within) => within(() => registry().connect(store.transaction, request)));
  }

  #run(request: ApiRequest, within: Within): ApiResponse | Promise<ApiResponse> {
    const { store, commits, reading, registry } = this.#options;
    if (request.verb === "list") return within(() => reading.listAnswer(request));
    if (request.verb === "get") return within(() => registry().execute(store.transaction, request));
    return commits.submit<ApiResponse>((tx) => within(() => registry().execute(tx, request)));
  }
}
