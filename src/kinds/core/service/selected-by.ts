import { deepEqual } from "../../../lib/deep-equal.ts";
import type { Change } from "../../kind.ts";
import type { Reader } from "../../transaction.ts";
import type { Pod, Service } from "../../types/core-v1.generated.ts";
import { matchesLabels, selectorFromLabels } from "../../values/label-selector.ts";
import { service as serviceKind } from "./kind.ts";
import { notePod } from "./selected-pods.ts";

/** An empty selector is none: who writes the endpoints of such a service is its owner. */
export const hasSelector = ({ spec }: Service): boolean => Object.keys(spec?.selector ?? {}).length > 0;

/** Keys of the services that select a pod now or did before: those whose endpoints a change of the pod concerns. */
export function* servicesOf(change: Change<Pod>, reader: Reader): Iterable<string> {
  const { object, previous } = change;
  notePod(change, reader);
  if (previous && change.type === "MODIFIED" && !concernsEndpoints(object, previous)) return;
  for (const service of reader.list(serviceKind, { namespace: object.metadata.namespace })) {
    if (!hasSelector(service)) continue;
    const selector = selectorFromLabels(service.spec!.selector!);
    const selects = matchesLabels(selector, object.metadata.labels) || (previous && matchesLabels(selector, previous.metadata.labels));
    if (selects) yield `${service.metadata.namespace}/${service.metadata.name}`;
  }
}

function concernsEndpoints(pod: Pod, previous: Pod): boolean {
  const relevant = ({ metadata, spec, status }: Pod) => [
    metadata.labels, metadata.deletionTimestamp, spec?.nodeName, spec?.hostname, spec?.subdomain, status?.podIP, status?.podIPs, status?.phase,
    status?.conditions?.find((condition) => condition.type === "Ready")?.status,
  ];
  return !deepEqual(relevant(pod), relevant(previous));
}
