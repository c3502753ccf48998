/** Every built-in kind, in the order of discovery. */
import type { Kind } from "./kind.ts";
import { deployment } from "./apps/deployment/kind.ts";
import { replicaSet } from "./apps/replica-set/kind.ts";
import { configMap } from "./core/config-map/kind.ts";
import { endpoints } from "./core/endpoints/kind.ts";
import { event } from "./core/event/kind.ts";
import { namespace } from "./core/namespace/kind.ts";
import { node } from "./core/node/kind.ts";
import { pod } from "./core/pod/kind.ts";
import { service } from "./core/service/kind.ts";
import { endpointSlice } from "./discovery/endpoint-slice/kind.ts";

export const builtinKinds: readonly Kind[] = [
  configMap,
  endpoints,
  event,
  namespace,
  node,
  pod,
  service,
  deployment,
  replicaSet,
  endpointSlice,
];
