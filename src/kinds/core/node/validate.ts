import type { FieldError } from "../../../lib/field-error.ts";
import type { Node } from "../../types/core-v1.generated.ts";

export function validateNode(_obj: Node): FieldError[] { return []; }
export function validateNodeUpdate(_obj: Node, _old: Node): FieldError[] { return []; }
