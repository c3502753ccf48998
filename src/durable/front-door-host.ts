import type { AuditLog } from "../api/audit/audit-log.ts";
import type { ApiResponse } from "../api/request.ts";
import { checkBound } from "../auth/authorizers/index.ts";
import type { Reader } from "../kinds/transaction.ts";
import type { ClusterHost } from "./cluster-host.ts";
import { ClusterSizes, readConfiguration } from "./flow-control-source.ts";
import type { FrontDoorHost } from "./front-door.ts";
import type { Hub } from "./hub.ts";
import type { SqlStore } from "./sql-store.ts";

/** What the front door asks of its cluster: who may act as whom, which resources there are, and how requests take turns. */
export interface FrontDoorParts {
  host: ClusterHost;
  audit: AuditLog;
  store: SqlStore;
  hub: Hub;
  reader(): Reader;
  refusal(error: unknown): ApiResponse;
  /** Makes a key of a controller due. */
  wake(controller: string, key: string): void;
}

export function frontDoorHost({ host, audit, store, hub, reader, refusal, wake }: FrontDoorParts): FrontDoorHost {
  const nowMs = () => host.nowMs();
  return {
    nowMs, pause: (ms) => host.pause(ms), uuid: () => host.uuid(), refusal,
    audit, sizes: new ClusterSizes(store, hub, nowMs), configuration: () => readConfiguration(reader(), wake),
    acting: (user, asked) => checkBound(reader(), user, "resource" in asked ? asked : { verb: asked.verb, path: asked.path }),
    exists: (group, resource) => reader().kindFor(group, resource) !== undefined,
    isDeprecated: (group, version, resource) => reader().kindFor(group, resource)?.versions.some((served) => served.version === version && served.deprecated) ?? false,
  };
}
