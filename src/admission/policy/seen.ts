import type { KindVersion, WriteContext } from "../../kinds/kind.ts";
import type { KubeObject } from "../../kinds/object.ts";
import type { AdmissionAttributes } from "../plugin.ts";

/** A request as a webhook or a policy sees it: objects in the version that its rule names, or what was posted to a subresource. */
export interface Seen {
  readonly phase: "mutating" | "validating";
  readonly version: KindVersion;
  readonly attributes: AdmissionAttributes;
  readonly object: KubeObject | undefined;
  readonly old: KubeObject | undefined;
}

export function seenIn(version: KindVersion, attributes: AdmissionAttributes, ctx: WriteContext, phase: Seen["phase"]): Seen {
  const { operation, input, oldInput } = attributes;
  const converted = (object: KubeObject | undefined) => object && ctx.toVersion(version, object);
  const isNew = phase === "mutating" && operation === "CREATE";
  const object = input ?? (operation === "DELETE" || operation === "CONNECT" ? undefined : converted(isNew ? withoutIdentity(attributes.object!) : attributes.object));
  const old = input ? oldInput : converted(attributes.old);
  return { phase, version, object, old, attributes: { ...attributes, version, object, old } };
}

/** Upstream gives a new object its identity only after it was mutated. */
function withoutIdentity(object: KubeObject): KubeObject {
  const { uid: _uid, creationTimestamp: _creationTimestamp, generation: _generation, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** What a request is about, the same object for all plugins that look at it. */
export const subjectOf = ({ input, object, old }: AdmissionAttributes): KubeObject => (input ?? object ?? old)!;
