import type { PathPermission } from "../api/cluster-stub.ts";
import { noteDecision } from "../api/registry/resource-call.ts";
import type { ApiResponse, PathRequest } from "../api/request.ts";
import { authorize, checkBound, deny } from "../auth/authorizers/index.ts";
import type { Reader } from "../kinds/transaction.ts";
import type { FrontDoor } from "./front-door.ts";

/** Requests for paths that are no resources: the Worker's, which are only permitted here, and the Cluster's own. */
export interface PathRequestsHost {
  door: FrontDoor;
  /** Throws 401 where there is no cluster. */
  reader(): Reader;
  refusal(error: unknown): ApiResponse;
  /** Serves what is permitted. */
  serve(request: PathRequest): ApiResponse;
}

export class PathRequests {
  readonly #host: PathRequestsHost;

  constructor(host: PathRequestsHost) {
    this.#host = host;
  }

  async authorize(request: PathRequest): Promise<PathPermission> {
    let refused = true;
    const answer = await this.#host.door.answer(request, (admitted) => {
      const refusal = this.#refused(admitted);
      refused = refusal !== undefined;
      return refusal ?? { status: request.code ?? 200, body: "" };
    });
    return refused ? { refused: answer } : { headers: answer.headers ?? {} };
  }

  serve(request: PathRequest): Promise<ApiResponse> {
    return this.#host.door.answer(request, (admitted) => this.#refused(admitted) ?? this.#host.serve(admitted));
  }

  #refused(request: PathRequest): ApiResponse | undefined {
    try {
      const attributes = { verb: request.verb, path: request.path };
      const reader = this.#host.reader();
      const verified = checkBound(reader, request.user, attributes);
      const opinion = authorize(reader, verified, attributes);
      noteDecision(request.auditAnnotations, opinion);
      return opinion.allowed ? undefined : this.#host.refusal(deny(verified, attributes, opinion.reason));
    } catch (error) {
      return this.#host.refusal(error);
    }
  }
}
