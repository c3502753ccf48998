import type { AggregatedRequest, AggregatedTarget, RemoteService } from "../api/aggregation/aggregation.ts";
import type { Destination, Route } from "../api/outbound/route.ts";
import { attributesOf } from "../api/registry/resource-call.ts";
import { queryOf } from "../api/registry/request-options.ts";
import { authorize, checkBound, deny } from "../auth/authorizers/index.ts";
import { available, apiService } from "../kinds/apiregistration/api-service/kind.ts";
import type { AuthorizationAttributes } from "../kinds/kind.ts";
import type { Reader } from "../kinds/transaction.ts";
import type { APIService } from "../kinds/types/apiregistration-v1.generated.ts";
import { base64ToText } from "../lib/base64.ts";
import { notFound } from "../lib/errors.ts";

/** The Cluster's part of aggregation: which extension API servers there are, who may ask them, and how they are reached. */
export interface AggregationHost {
  reader(): Reader;
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

  services(): RemoteService[] {
    return this.#host.reader().list(apiService, { field: { path: "remote", value: "true" } }).map((obj) => ({
      name: obj.metadata.name!, uid: obj.metadata.uid!, resourceVersion: obj.metadata.resourceVersion!, group: obj.spec!.group ?? "", version: obj.spec!.version!,
      groupPriorityMinimum: obj.spec!.groupPriorityMinimum, versionPriority: obj.spec!.versionPriority, isAvailable: isAvailable(obj),
    }));
  }

  /** Undefined: it is not available. Throws ApiError. */
  resolve(asked: AggregatedRequest): AggregatedTarget | undefined {
    const reader = this.#host.reader();
    const user = checkBound(reader, asked.user);
    const attributes: AuthorizationAttributes = asked.resource ? attributesOf(asked.resource, queryOf(asked.resource)) : { verb: asked.verb, path: decoded(asked.path) };
    const opinion = authorize(reader, user, attributes);
    if (!opinion.allowed) throw deny(user, attributes, opinion.reason);
    const obj = reader.get(apiService, undefined, asked.name);
    if (!obj?.spec?.service) throw notFound({ group: "apiregistration.k8s.io", resource: "apiservices", name: asked.name });
    const routes = isAvailable(obj) ? this.#routesTo(obj) : undefined;
    if (routes) return { routes, tls: this.#tls(obj), user };
    this.failed(asked.name);
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

const isAvailable = (obj: APIService): boolean => available(obj)?.status === "True";

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
