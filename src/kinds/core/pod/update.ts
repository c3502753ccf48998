import type { FieldError } from "../../../lib/field-error.ts";
import type { Pod } from "../../types/core-v1.generated.ts";

export function validatePodUpdate(_obj: Pod, _old: Pod): FieldError[] { return []; }
