import type { Kind, WriteContext } from "../kinds/kind.ts";
import type { KubeObject } from "../kinds/object.ts";

/**
 * One admission plugin. Plugins run in the order of `index.ts`: all `mutate`, then the kind's defaults, preparation and
 * validation, then all `validate`. They refuse by throwing `forbidden(…)` or another ApiError.
 */
export interface AdmissionPlugin {
  readonly name: string;
  handles(attributes: AdmissionAttributes): boolean;
  /** May change `object` in place. */
  mutate?(attributes: AdmissionAttributes, ctx: WriteContext): void;
  validate?(attributes: AdmissionAttributes, ctx: WriteContext): void;
}

export interface AdmissionAttributes {
  operation: "CREATE" | "UPDATE" | "DELETE" | "CONNECT";
  kind: Kind;
  subresource?: string;
  namespace?: string;
  name?: string;
  /** Absent on DELETE. */
  object?: KubeObject;
  old?: KubeObject;
  /** For actions such as binding or eviction: the posted object. */
  input?: KubeObject;
}
