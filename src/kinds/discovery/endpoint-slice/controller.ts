import { itself, splitKey, type Controller } from "../../../controllers/controller.ts";
import { controllerOf, controllerReference } from "../../../controllers/ownership.ts";
import { Pace } from "../../../controllers/pace.ts";
import { node as nodeKind } from "../../core/node/kind.ts";
import { pod as podKind } from "../../core/pod/kind.ts";
import { backendsOf, familiesOf, type IpFamily } from "../../core/service/backends.ts";
import { service as serviceKind } from "../../core/service/kind.ts";
import { hasSelector, servicesOf } from "../../core/service/selected-by.ts";
import { selectedPods } from "../../core/service/selected-pods.ts";
import type { Change } from "../../kind.ts";
import type { Transaction } from "../../transaction.ts";
import type { Service } from "../../types/core-v1.generated.ts";
import type { EndpointSlice } from "../../types/discovery-v1.generated.ts";
import { endpointSlice as sliceKind } from "./kind.ts";
import { MANAGED_BY, SERVICE_NAME } from "./labels.ts";
import { planSlices, type PlannedSlice } from "./plan-slices.ts";

const MANAGER = "endpointslice-controller.k8s.io";
const HEADLESS = "service.kubernetes.io/headless";

const pace = new Pace({ restful: 500, msPerObject: 0.1 });

/** Keeps a service's EndpointSlices, apart for each of its IP families: at most 100 endpoints each, changed as little as possible. */
export const endpointSliceController: Controller = {
  name: "endpointslice-controller",
  watches: [itself(serviceKind), { kind: podKind, keys: servicesOf }, { kind: sliceKind, keys: ownKeys }],
  reconcile(tx, key) {
    const { namespace, name } = splitKey(key);
    const service = tx.get(serviceKind, namespace, name);
    if (!service || service.metadata.deletionTimestamp || !hasSelector(service) || service.spec!.type === "ExternalName") return;
    const restMs = pace.restMs(tx, key);
    if (restMs > 0) return { requeueAfterMs: restMs };
    const existing = tx.ownedBy(service.metadata.uid!, sliceKind).filter((slice) => slice.metadata.labels?.[MANAGED_BY] === MANAGER && !slice.metadata.deletionTimestamp);
    const pods = selectedPods(tx, service);
    pace.looked(tx, key, pods.length);
    const zoneOf = (node: string) => tx.get(nodeKind, undefined, node)?.metadata.labels?.["topology.kubernetes.io/zone"];
    const families = familiesOf(service);
    for (const family of families) {
      const plan = planSlices(existing.filter((slice) => slice.addressType === family), backendsOf(service, pods, family), zoneOf);
      for (const slice of plan.write) writeSlice(tx, service, slice, family);
      for (const slice of plan.remove) tx.delete(sliceKind, namespace, slice.metadata.name!);
    }
    for (const slice of existing) if (!(families as string[]).includes(slice.addressType)) tx.delete(sliceKind, namespace, slice.metadata.name!);
  },
};

function writeSlice(tx: Transaction, service: Service, planned: PlannedSlice, addressType: IpFamily): void {
  const content = { endpoints: planned.endpoints, ports: planned.ports };
  const labels = sliceLabels(service);
  if (planned.existing) {
    tx.update(sliceKind, service.metadata.namespace, planned.existing.metadata.name!, (draft) => {
      draft.metadata.labels = labels;
      Object.assign(draft, content);
    });
    return;
  }
  tx.create(sliceKind, {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { generateName: `${service.metadata.name}-`, namespace: service.metadata.namespace, labels, ownerReferences: [controllerReference(serviceKind, service)] },
    addressType,
    ...content,
  });
}

/** The service's own labels are carried along; those that mean something here win. */
function sliceLabels(service: Service): Record<string, string> {
  const { [HEADLESS]: _, ...inherited } = service.metadata.labels ?? {};
  return {
    ...inherited,
    [SERVICE_NAME]: service.metadata.name!,
    [MANAGED_BY]: MANAGER,
    ...(service.spec?.clusterIP === "None" && { [HEADLESS]: "" }),
  };
}

/** A slice that somebody else changed or deleted is put right. */
function* ownKeys(change: Change<EndpointSlice>): Iterable<string> {
  const { object } = change;
  if (change.type === "ADDED" || object.metadata.labels?.[MANAGED_BY] !== MANAGER) return;
  const owner = controllerOf(object);
  if (owner?.kind === serviceKind.kind) yield `${object.metadata.namespace}/${owner.name}`;
}
