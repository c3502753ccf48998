import { resourceKey, type Kind, type KindVersion } from "../../kinds/kind.ts";
import type { KubeObject } from "../../kinds/object.ts";
import type { Reader } from "../../kinds/transaction.ts";

/** A resource of a request: which kind, and in which of its versions the client speaks. */
export interface Resolved { kind: Kind; version: KindVersion }

/** Kinds that are objects themselves (CustomResourceDefinition). */
export interface CustomKinds {
  kindFor(reader: Reader, group: string, resource: string): Kind | undefined;
  kindOf(reader: Reader, group: string, kind: string): Kind | undefined;
}

/** Finds kinds by what requests and references call them: built-in ones by table, custom ones through `CustomKinds`. */
export class Catalog {
  readonly #custom: CustomKinds;
  readonly #byResource = new Map<string, Kind>();
  readonly #byKind = new Map<string, Kind>();

  constructor(builtIn: readonly Kind[], custom: CustomKinds) {
    this.#custom = custom;
    for (const kind of builtIn) {
      for (const group of groupsOf(kind)) {
        this.#byResource.set(`${group}/${kind.resource}`, kind);
        this.#byKind.set(`${group}/${kind.kind}`, kind);
      }
    }
  }

  resolve(reader: Reader, group: string, version: string, resource: string): Resolved | undefined {
    const whole = this.kindFor(reader, group, resource);
    const isKnown = whole?.evolution !== undefined && whole.versions.some((v) => v.version === version);
    const kind = isKnown ? whole.evolution!.in(version) : whole;
    const found = kind?.versions.find((v) => v.version === version && versionGroup(kind, v) === group && v.served !== false);
    return kind && found && { kind, version: found };
  }

  kindFor(reader: Reader, group: string, resource: string): Kind | undefined {
    return this.#byResource.get(`${group}/${resource}`) ?? this.#custom.kindFor(reader, group, resource);
  }

  /** Any version: references name one that may no longer be served. */
  kindOf(reader: Reader, ref: { apiVersion: string; kind: string }): Kind | undefined {
    const group = groupOf(ref.apiVersion);
    return this.#byKind.get(`${group}/${ref.kind}`) ?? this.#custom.kindOf(reader, group, ref.kind);
  }

  /** By its resource key, as the store has it. */
  stored(reader: Reader, key: string): Kind | undefined {
    const slash = key.indexOf("/");
    return this.kindFor(reader, key.slice(0, slash), key.slice(slash + 1));
  }
}

export const versionGroup = (kind: Kind, version: KindVersion): string => version.group ?? kind.group;

export function apiVersionOf(kind: Kind, version: KindVersion = kind.versions[0]): string {
  const group = versionGroup(kind, version);
  return group ? `${group}/${version.version}` : version.version;
}

function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

const keys = new WeakMap<Kind, string>();

/** `resourceKey`, computed once a kind. */
export function storeKey(kind: Kind): string {
  let key = keys.get(kind);
  if (key === undefined) keys.set(kind, (key = resourceKey(kind)));
  return key;
}

const subjects = new WeakMap<Kind, { group: string; resource: string; kind: string }>();

/** How errors speak of a kind. */
export function subjectOf(kind: Kind, name?: string): { group: string; resource: string; kind: string; name?: string } {
  let subject = subjects.get(kind);
  if (!subject) subjects.set(kind, (subject = { group: kind.group, resource: kind.resource, kind: kind.kind }));
  return name === undefined ? subject : { ...subject, name };
}

function groupsOf(kind: Kind): Set<string> {
  return new Set([kind.group, ...kind.versions.map((v) => versionGroup(kind, v))]);
}

/** From the stored object to a version. Never changes its argument. */
export function fromStorage(kind: Kind, version: KindVersion, obj: KubeObject): KubeObject {
  const apiVersion = apiVersionOf(kind, version);
  if (version === kind.versions[0]) return obj.apiVersion === apiVersion ? obj : { ...obj, apiVersion };
  const converted = version.fromStorage ? version.fromStorage(obj) : obj;
  return { ...converted, apiVersion };
}

/** To the storage version; the result is the caller's own. */
export function toStorage(kind: Kind, version: KindVersion, obj: KubeObject): KubeObject {
  if (version === kind.versions[0]) return obj;
  const converted = version.toStorage ? version.toStorage(obj) : obj;
  return { ...converted, apiVersion: apiVersionOf(kind) };
}

/** Whether the bytes of the kind's first version are what a client of this version reads: not where the kind adds to them. */
export const servesStoredText = (kind: Kind, version: KindVersion): boolean => version === kind.versions[0] && !kind.strategy?.decorate;

export const listKindOf = (kind: Kind): string => kind.listKind ?? `${kind.kind}List`;
