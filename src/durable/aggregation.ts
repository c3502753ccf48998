import type { AggregatedAnswer, AggregatedRequest, AggregatedTarget, RemoteService } from "../api/aggregation/aggregation.ts";
import type { Destination, Route } from "../api/outbound/route.ts";
import { attributesOf, noteDecision } from "../api/registry/resource-call.ts";
import type { ApiRequest, ApiResponse, PathRequest } from "../api/request.ts";
import { queryOf } from "../api/registry/request-options.ts";
import { authorize, checkBound, deny } from "../auth/authorizers/index.ts";
import { available, apiService } from "../kinds/apiregistration/api-service/kind.ts";
import { resourceKey, type AuthorizationAttributes, type UserInfo } from "../kinds/kind.ts";
import type { Reader } from "../kinds/transaction.ts";
import type { APIService } from "../kinds/types/apiregistration-v1.generated.ts";
import { base64ToText } from "../lib/base64.ts";
import { notFound, serviceUnavailable } from "../lib/errors.ts";
import type { FrontDoor } from "./front-door.ts";
import type { SqlStore } from "./sql-store.ts";

/** The Cluster's part of aggregation: which extension API servers there are, who may ask them, and how they are reached. */
export interface AggregationHost {
  store: SqlStore;
  door: FrontDoor;
  /** Throws 401 where there is no cluster. */
  reader(): Reader;
  refusal(error: unknown): ApiResponse;
  routesTo(destination: Destination): Route[];
  frontProxyCertificate(): { certificatePem: string; privateKeyPem: string };
  /** Has the condition of an APIService looked at. */
  check(name: string): void;
  nowMs(): number;
}

/** A service that does not answer is asked for its state at most so often, however many ask for it. */
const CHECK_INTERVAL_MS = 5_000;

export class Aggregation {
  readonly #host: AggregationHost;
  readonly #checkedMs = new Map<string, number>();

  constructor(host: AggregationHost) { this.#host = host; }

  services(knownVersion?: string): { version: string; services?: RemoteService[] } {
    const version = String(this.#host.store.newestRevision(resourceKey(apiService)));
    return version === knownVersion ? { version } : { version, services: this.#services() };
  }

  /** A request on its way to one of them, as far as the cluster is concerned. */
  async resolve({ name, asked, isAdmitted }: AggregatedRequest): Promise<AggregatedAnswer> {
    let isUnavailable = false;
    const open = (admitted?: ApiRequest | PathRequest): AggregatedTarget => {
      const target = this.#targetOf(name, admitted);
      isUnavailable = target === undefined;
      if (target) return target;
      throw serviceUnavailable("service unavailable");
    };
    try {
      if (!asked || isAdmitted) return { target: open(asked), headers: {} };
      const result = await this.#host.door.opening<ApiRequest | PathRequest, AggregatedTarget>(asked, open, { takesSeat: true, isLong: asked.verb === "watch" });
      return "refused" in result ? { ...result, isUnavailable } : { target: result.opened, headers: result.headers };
    } catch (error) {
      return { refused: this.#host.refusal(error), isUnavailable };
    }
  }

  #services(): RemoteService[] {
    return this.#host.reader().list(apiService, { field: { path: "remote", value: "true" } }).map((obj) => ({
      name: obj.metadata.name!, uid: obj.metadata.uid!, resourceVersion: obj.metadata.resourceVersion!, group: obj.spec!.group ?? "", version: obj.spec!.version!,
      groupPriorityMinimum: obj.spec!.groupPriorityMinimum, versionPriority: obj.spec!.versionPriority, isAvailable: isAvailable(obj),
    }));
  }

  /** Undefined: it is not available. Throws ApiError when who asks may not. */
  #targetOf(name: string, asked: ApiRequest | PathRequest | undefined): AggregatedTarget | undefined {
    const reader = this.#host.reader();
    const user = asked ? permitted(reader, asked) : AGGREGATOR;
    const obj = reader.get(apiService, undefined, name);
    if (!obj?.spec?.service) throw notFound({ group: "apiregistration.k8s.io", resource: "apiservices", name });
    const routes = isAvailable(obj) ? this.#routesTo(obj) : undefined;
    if (routes) return { routes, tls: this.#tls(obj), user };
    this.failed(name);
    return undefined;
  }

  failed(name: string): void {
    const nowMs = this.#host.nowMs();
    if (nowMs - (this.#checkedMs.get(name) ?? -Infinity) < CHECK_INTERVAL_MS) return;
    this.#checkedMs.set(name, nowMs);
    this.#host.check(name);
  }

  #routesTo({ spec }: APIService): Route[] | undefined {
    const { namespace, name, port = 443 } = spec!.service!;
    try {
      return this.#host.routesTo({ service: { namespace: namespace!, name: name!, port } });
    } catch {
      return undefined; // its condition is about to say so
    }
  }

  #tls({ spec }: APIService): AggregatedTarget["tls"] {
    const { service, caBundle, insecureSkipTLSVerify } = spec!;
    return {
      serverName: `${service!.name}.${service!.namespace}.svc`, client: this.#host.frontProxyCertificate(),
      ...(caBundle && { caBundle: base64ToText(caBundle) }), ...(insecureSkipTLSVerify && { insecure: true }),
    };
  }
}

const AGGREGATOR: UserInfo = { username: "system:kube-aggregator", groups: ["system:masters"] };

function permitted(reader: Reader, asked: ApiRequest | PathRequest): UserInfo {
  const attributes: AuthorizationAttributes = "resource" in asked ? attributesOf(asked, queryOf(asked)) : { verb: asked.verb, path: asked.path };
  const user = checkBound(reader, asked.user, attributes);
  const opinion = authorize(reader, user, attributes);
  noteDecision(asked.auditAnnotations, opinion);
  if (!opinion.allowed) throw deny(user, attributes, opinion.reason);
  return user;
}

const isAvailable = (obj: APIService): boolean => available(obj)?.status === "True";
