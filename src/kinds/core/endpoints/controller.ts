import { objectKey, splitKey, type Controller } from "../../../controllers/controller.ts";
import { Pace } from "../../../controllers/pace.ts";
import { pod as podKind } from "../pod/kind.ts";
import { backendsOf, familiesOf } from "../service/backends.ts";
import { service as serviceKind } from "../service/kind.ts";
import { hasSelector, servicesOf } from "../service/selected-by.ts";
import { selectedPods } from "../service/selected-pods.ts";
import type { Change } from "../../kind.ts";
import type { Transaction } from "../../transaction.ts";
import type { Endpoints, Service } from "../../types/core-v1.generated.ts";
import { endpoints as endpointsKind } from "./kind.ts";
import { planSubsets } from "./plan-subsets.ts";

const MANAGED_BY = "endpoints.kubernetes.io/managed-by";
const OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity";
/** Before the key of a service that was deleted just now. */
const GONE = "-";
const HEADLESS = "service.kubernetes.io/headless";

/** All addresses are in one object, so that every change writes them all. */
const pace = new Pace({ restful: 100, msPerObject: 0.5 });

/** Keeps the older Endpoints object of every service with a selector; beyond 1,000 addresses it is truncated and says so. */
export const endpointsController: Controller = {
  name: "endpoint-controller",
  watches: [{ kind: serviceKind, keys: serviceKeys }, { kind: podKind, keys: servicesOf }, { kind: endpointsKind, keys: changedByOthers }],
  reconcile(tx, key) {
    if (key.startsWith(GONE)) return removeLeft(tx, key.slice(GONE.length));
    const { namespace, name } = splitKey(key);
    const service = tx.get(serviceKind, namespace, name);
    const existing = tx.get(endpointsKind, namespace, name);
    if (!service || service.metadata.deletionTimestamp || !hasSelector(service) || service.spec!.type === "ExternalName") return;
    const restMs = pace.restMs(tx, key);
    if (restMs > 0) return { requeueAfterMs: restMs };
    const pods = selectedPods(tx, service);
    pace.looked(tx, key, pods.length);
    const { subsets, truncated } = planSubsets(backendsOf(service, pods, familiesOf(service)[0]!), service.spec!.clusterIP === "None");
    const fill = (draft: Endpoints) => {
      draft.metadata.labels = endpointsLabels(service);
      draft.metadata.annotations = { ...draft.metadata.annotations };
      if (truncated) draft.metadata.annotations[OVER_CAPACITY] = "truncated";
      else delete draft.metadata.annotations[OVER_CAPACITY];
      if (Object.keys(draft.metadata.annotations).length === 0) delete draft.metadata.annotations;
      draft.subsets = subsets;
    };
    if (existing) {
      tx.update(endpointsKind, namespace, name, fill);
      return;
    }
    const made: Endpoints = { apiVersion: "v1", kind: "Endpoints", metadata: { name, namespace } };
    fill(made);
    tx.create(endpointsKind, made);
  },
};

function serviceKeys({ type, object }: Change<Service>): string[] {
  return [`${type === "DELETED" ? GONE : ""}${objectKey(object)}`];
}

/** With their service also those Endpoints go that somebody else wrote. */
function removeLeft(tx: Transaction, key: string): void {
  const { namespace, name } = splitKey(key);
  if (!tx.get(serviceKind, namespace, name)) tx.delete(endpointsKind, namespace, name);
}

function endpointsLabels(service: Service): Record<string, string> {
  const { [HEADLESS]: _, ...inherited } = service.metadata.labels ?? {};
  return { ...inherited, [MANAGED_BY]: endpointsController.name, ...(service.spec?.clusterIP === "None" && { [HEADLESS]: "" }) };
}

function* changedByOthers(change: Change<Endpoints>): Iterable<string> {
  if (change.type !== "ADDED") yield `${change.object.metadata.namespace}/${change.object.metadata.name}`;
}
