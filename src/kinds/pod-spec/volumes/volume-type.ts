import type { FieldError } from "../../../lib/field-error.ts";
import type { Volume } from "../../types/core-v1.generated.ts";

/** One volume source of core/v1 Volume. Its key in the volume is `name`. */
export interface VolumeType<S = any> {
  readonly name: string;
  /** In place. */
  defaults?(source: S): void;
  validate?(source: S, path: string, volume: Volume): FieldError[];
}
