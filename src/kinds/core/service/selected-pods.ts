import type { Change } from "../../kind.ts";
import type { Reader } from "../../transaction.ts";
import type { Pod, Service } from "../../types/core-v1.generated.ts";
import { matchesLabels, selectorFromLabels } from "../../values/label-selector.ts";
import { pod as podKind } from "../pod/kind.ts";

/**
 * The pods that a service selects, without looking through its whole namespace: names of pods by label are kept in the
 * cluster object's memory. They are only candidates, each of which is read from the store. A change that is rolled back
 * may leave a name too many; so that it never leaves one too few, names are forgotten late.
 */
const FORGET_AFTER_MS = 10_000;
/** Of more candidates the whole namespace is the cheaper thing to look through. */
const CANDIDATES_MAX = 200;

export function selectedPods(reader: Reader, service: Service): Pod[] {
  const { namespace } = service.metadata;
  const selector = service.spec!.selector!;
  const labels = selectorFromLabels(selector);
  const candidates = pictureOf(reader)?.candidates(namespace!, selector);
  if (!candidates || candidates.names.size > CANDIDATES_MAX) return reader.list(podKind, { namespace, labels });
  return candidates.present(reader, namespace!).filter((pod) => matchesLabels(labels, pod.metadata.labels));
}

/** To be told of every change of a pod. */
export function notePod({ object }: Change<Pod>, reader: Reader): void {
  if (reader.scope) pictures.get(reader.scope)?.add(object);
}

class Candidates {
  /** Since when a name has been found missing; undefined: it is there. */
  readonly names = new Map<string, number | undefined>();
  readonly #label: readonly [string, string];

  constructor(label: readonly [string, string]) { this.#label = label; }

  present(reader: Reader, namespace: string): Pod[] {
    const [key, value] = this.#label;
    const pods: Pod[] = [];
    for (const [name, missingSinceMs] of [...this.names].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const pod = reader.get(podKind, namespace, name);
      if (pod?.metadata.labels?.[key] === value) {
        this.names.set(name, undefined);
        pods.push(pod);
      } else if (missingSinceMs === undefined) this.names.set(name, reader.nowMs);
      else if (reader.nowMs - missingSinceMs > FORGET_AFTER_MS) this.names.delete(name);
    }
    return pods;
  }
}

class LabelPicture {
  readonly #byLabel = new Map<string, Candidates>();

  add({ metadata }: Pod): void {
    for (const label of Object.entries(metadata.labels ?? {})) {
      const address = addressOf(metadata.namespace!, label);
      let candidates = this.#byLabel.get(address);
      if (!candidates) this.#byLabel.set(address, (candidates = new Candidates(label)));
      candidates.names.set(metadata.name!, undefined);
    }
  }

  /** The fewest that any one of the labels leaves. */
  candidates(namespace: string, selector: Readonly<Record<string, string>>): Candidates {
    const each = Object.entries(selector).map((label) => this.#byLabel.get(addressOf(namespace, label)) ?? new Candidates(label));
    return each.reduce((fewest, other) => (other.names.size < fewest.names.size ? other : fewest));
  }
}

const addressOf = (namespace: string, [key, value]: readonly [string, string]): string => `${namespace}/${key}=${value}`;

/** Pictures of the clusters in this isolate; each is found only by its own cluster's scope. */
const pictures = new WeakMap<object, LabelPicture>();

function pictureOf(reader: Reader): LabelPicture | undefined {
  if (!reader.scope) return undefined;
  let picture = pictures.get(reader.scope);
  if (!picture) {
    pictures.set(reader.scope, (picture = new LabelPicture()));
    for (const pod of reader.list(podKind)) picture.add(pod);
  }
  return picture;
}
