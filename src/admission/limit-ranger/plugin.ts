import { limitRange } from "../../kinds/core/limit-range/kind.ts";
import { pod as podKind } from "../../kinds/core/pod/kind.ts";
import { containersNeed } from "../../kinds/pod-spec/effective-resources.ts";
import { isPodLevel } from "../../kinds/pod-spec/resource-names.ts";
import type { Reader } from "../../kinds/transaction.ts";
import type { Container, LimitRange, LimitRangeItem, PersistentVolumeClaim, Pod, PodSpec } from "../../kinds/types/core-v1.generated.ts";
import { forbidden } from "../../lib/errors.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../plugin.ts";
import { limitRequestRatio, maximum, maximumOfRequest, minimum, type Amounts } from "./constraints.ts";

/**
 * The LimitRanges of a namespace: containers that ask for nothing get the defaults (an annotation tells), and pods,
 * containers and claims outside the bounds are refused. As upstream's plugin of this name.
 */
export const limitRanger: AdmissionPlugin = {
  name: "LimitRanger",
  handles: ({ operation, kind, subresource }) => {
    if (kind === podKind) return (operation === "CREATE" && subresource === undefined) || (operation === "UPDATE" && subresource === "resize");
    return kind.group === "" && kind.resource === "persistentvolumeclaims" && subresource === undefined && (operation === "CREATE" || operation === "UPDATE");
  },
  mutate(attributes, { reader }) {
    if (attributes.kind !== podKind) return;
    const ranges = rangesOf(reader, attributes);
    for (const range of ranges) fillIn(attributes.object as Pod, range);
  },
  validate(attributes, { reader }) {
    if (attributes.object?.metadata.deletionTimestamp && attributes.operation === "UPDATE") return;
    for (const range of rangesOf(reader, attributes)) {
      const texts = (range.spec?.limits ?? []).flatMap((item) => (attributes.kind === podKind ? podFaults(item, (attributes.object as Pod).spec!) : claimFaults(item, attributes.object as PersistentVolumeClaim)));
      if (texts.length === 0) continue;
      const unique = [...new Set(texts)];
      const { kind, object } = attributes;
      throw forbidden({ group: kind.group, resource: kind.resource, name: object?.metadata.name }, unique.length === 1 ? unique[0]! : `[${unique.join(", ")}]`);
    }
  },
};

const rangesOf = (reader: Reader, { namespace }: AdmissionAttributes): LimitRange[] => (namespace === undefined ? [] : reader.list(limitRange, { namespace }));

const ANNOTATION = "kubernetes.io/limit-ranger";

function fillIn(pod: Pod, range: LimitRange): void {
  const limits: Record<string, string> = {};
  const requests: Record<string, string> = {};
  for (const item of range.spec?.limits ?? []) {
    if (item.type !== "Container") continue;
    Object.assign(requests, item.defaultRequest);
    Object.assign(limits, item.default);
  }
  const told = [
    ...(pod.spec?.containers ?? []).flatMap((container) => fillInContainer(container, "container", limits, requests)),
    ...(pod.spec?.initContainers ?? []).flatMap((container) => fillInContainer(container, "init container", limits, requests)),
  ];
  if (told.length > 0) pod.metadata.annotations = { ...pod.metadata.annotations, [ANNOTATION]: `LimitRanger plugin set: ${told.join("; ")}` };
}

function fillInContainer(container: Container, what: string, limits: Amounts, requests: Amounts): string[] {
  const set = (of: "requests" | "limits", defaults: Amounts): string[] => {
    const missing = Object.keys(defaults).filter((name) => container.resources?.[of]?.[name] === undefined).sort();
    if (missing.length === 0) return [];
    const own = ((container.resources ??= {})[of] ??= {});
    for (const name of missing) own[name] = defaults[name]!;
    return [`${missing.join(", ")} ${of === "requests" ? "request" : "limit"} for ${what} ${container.name}`];
  };
  // Before core/v1 defaulting, which makes a request of each limit: the range's own request comes first.
  return [...set("requests", withoutStatedLimits(requests, container)), ...set("limits", limits)];
}

/** A limit that the container states itself is its request too, by the defaults of core/v1: these come first upstream. */
const withoutStatedLimits = (requests: Amounts, { resources }: Container): Amounts =>
  Object.fromEntries(Object.entries(requests).filter(([name]) => resources?.limits?.[name] === undefined));

function podFaults(item: LimitRangeItem, spec: PodSpec): string[] {
  if (item.type === "Container") {
    return [...(spec.containers ?? []), ...(spec.initContainers ?? [])].flatMap(({ resources }) => faults(item, resources?.requests ?? {}, resources?.limits ?? {}));
  }
  return item.type === "Pod" ? faults(item, podAmounts(spec, "requests"), podAmounts(spec, "limits")) : [];
}

/** What the pod states as a whole takes the place of its containers' sum. */
function podAmounts(spec: PodSpec, of: "requests" | "limits"): Amounts {
  const own = Object.entries(spec.resources?.[of] ?? {}).filter(([name]) => isPodLevel(name));
  return { ...containersNeed(spec, of), ...Object.fromEntries(own) };
}

function faults(item: LimitRangeItem, requests: Amounts, limits: Amounts): string[] {
  const each = (bounds: Amounts | undefined, test: (name: string, bound: string) => string | undefined) => Object.entries(bounds ?? {}).map(([name, bound]) => test(name, bound));
  return [
    ...each(item.min, (name, bound) => minimum(item.type, name, bound, requests, limits)),
    ...each(item.max, (name, bound) => maximum(item.type, name, bound, requests, limits)),
    ...each(item.maxLimitRequestRatio, (name, bound) => limitRequestRatio(item.type, name, bound, requests, limits)),
  ].filter((text) => text !== undefined);
}

function claimFaults(item: LimitRangeItem, { spec }: PersistentVolumeClaim): string[] {
  if (item.type !== "PersistentVolumeClaim") return [];
  const requests = spec?.resources?.requests ?? {};
  return [
    ...Object.entries(item.min ?? {}).map(([name, bound]) => minimum(item.type, name, bound, requests, {})),
    ...Object.entries(item.max ?? {}).map(([name, bound]) => maximumOfRequest(item.type, name, bound, requests)),
  ].filter((text) => text !== undefined);
}
