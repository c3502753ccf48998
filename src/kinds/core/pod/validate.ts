import type { FieldError } from "../../../lib/field-error.ts";
import type { Pod } from "../../types/core-v1.generated.ts";

export function validatePod(_obj: Pod): FieldError[] { return []; }
