import type { Kind, KindVersion, WriteContext } from "../kinds/kind.ts";
import type { KubeObject } from "../kinds/object.ts";
import type { Reinvocation } from "./reinvocation.ts";

/**
 * One admission plugin. Plugins run in the order of `index.ts`: all `mutate`
 * (a second time if a webhook asks for it), then the kind's defaults, preparation and
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
  /** For subresources of a type of their own (binding, eviction, scale; the options of a stream): what was posted. */
  input?: KubeObject;
  inputType?: InputType;
  /** Scale: as it was before. */
  oldInput?: KubeObject;
  /** In which `object` and `old` are given, where that is not the storage version. */
  version?: KindVersion;
  /** Of the mutating plugins; theirs. */
  reinvocation?: Reinvocation;
}

export interface InputType { group: string; version: string; kind: string; type: string }
