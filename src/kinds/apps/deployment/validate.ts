import type { FieldError } from "../../../lib/field-error.ts";
import type { Deployment } from "../../types/apps-v1.generated.ts";

export function validateDeployment(_obj: Deployment): FieldError[] { return []; }
export function validateDeploymentUpdate(_obj: Deployment, _old: Deployment): FieldError[] { return []; }
export function validateDeploymentStatus(_obj: Deployment, _old: Deployment): FieldError[] { return []; }
