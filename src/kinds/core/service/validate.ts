import type { FieldError } from "../../../lib/field-error.ts";
import type { Service } from "../../types/core-v1.generated.ts";

export function validateService(_obj: Service): FieldError[] { return []; }
export function validateServiceUpdate(_obj: Service, _old: Service): FieldError[] { return []; }
export function validateServiceStatus(_obj: Service, _old: Service): FieldError[] { return []; }
