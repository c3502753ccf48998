import type { AuthorizationAttributes, UserInfo } from "../../kinds/kind.ts";
import type { Reader } from "../../kinds/transaction.ts";
import type { RegistryHost } from "../registry.ts";
import type { Catalog } from "./catalog.ts";
import type { EventRecorder } from "./event-recorder.ts";
import type { ObjectCache } from "./object-cache.ts";
import type { ConversionCache } from "./stored-form.ts";

/** What all requests of one cluster share. Everything in it can be rebuilt from the store. */
export interface Machinery {
  readonly host: RegistryHost;
  readonly catalog: Catalog;
  readonly cache: ObjectCache;
  readonly conversions: ConversionCache;
  readonly events: EventRecorder;
  authorize(reader: Reader, user: UserInfo, attributes: AuthorizationAttributes): { allowed: boolean; reason?: string };
}
