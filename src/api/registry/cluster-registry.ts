import type { StoreTransaction } from "../../durable/store.ts";
import { customKinds } from "../../kinds/apiextensions/custom-kinds.ts";
import { builtinKinds } from "../../kinds/index.ts";
import type { AuthorizationAttributes, Kind, UserInfo } from "../../kinds/kind.ts";
import type { Reader } from "../../kinds/transaction.ts";
import { authorize } from "../../auth/authorizers/index.ts";
import { methodNotAllowed } from "../../lib/errors.ts";
import type { Registry, RegistryHost } from "../registry.ts";
import { connect } from "../verbs/connect.ts";
import { verbs } from "../verbs/index.ts";
import { planList } from "../verbs/list.ts";
import { planWatch } from "../verbs/watch.ts";
import { Catalog, type CustomKinds } from "./catalog.ts";
import { EventRecorder } from "./event-recorder.ts";
import type { Machinery } from "./machinery.ts";
import { ObjectCache } from "./object-cache.ts";
import { openCall, withDeprecation } from "./resource-call.ts";
import { Session } from "./session.ts";
import { ConversionCache } from "./stored-form.ts";

/** Parsed objects take about four times their text in memory. */
const CACHE_BYTES_MAX = 8 * 1024 * 1024;

const CONVERSIONS_CHARACTERS_MAX = 8_000_000;

export interface RegistryOptions {
  kinds?: readonly Kind[];
  custom?: CustomKinds;
  authorize?(reader: Reader, user: UserInfo, attributes: AuthorizationAttributes): { allowed: boolean; reason?: string };
  /** Freezes what readers get, so that tests find whoever changes it. */
  frozen?: boolean;
}

/**
 * The API machinery of one cluster: what requests mean, for any kind, over a store transaction. Requests come
 * authenticated; everything here is synchronous, and nothing is remembered that the store could not give again.
 */
export function createRegistry(host: RegistryHost, options: RegistryOptions = {}): Registry {
  const machinery: Machinery = {
    host,
    catalog: new Catalog(options.kinds ?? builtinKinds, options.custom ?? customKinds),
    cache: new ObjectCache({ bytesMax: CACHE_BYTES_MAX, frozen: options.frozen }),
    conversions: new ConversionCache({ charactersMax: CONVERSIONS_CHARACTERS_MAX }),
    events: new EventRecorder(),
    authorize: options.authorize ?? authorize,
  };
  const sessions = new WeakMap<StoreTransaction, Session>();
  const sessionOf = (stx: StoreTransaction): Session => {
    let session = sessions.get(stx);
    if (!session) sessions.set(stx, (session = new Session(machinery, stx)));
    return session;
  };
  return {
    execute(stx, request) {
      const call = openCall(sessionOf(stx), request);
      const verb = verbs[request.verb];
      if (!verb) throw methodNotAllowed();
      return withDeprecation(call, verb);
    },
    planList: (stx, request) => planList(openCall(sessionOf(stx), request)),
    planWatch: (stx, request) => planWatch(openCall(sessionOf(stx), request)),
    connect: (stx, request) => connect(openCall(sessionOf(stx), request)),
    transaction: sessionOf,
    notes: machinery.events,
  };
}
