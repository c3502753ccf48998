import type { FieldError } from "../../../lib/field-error.ts";
import type { ReplicaSet } from "../../types/apps-v1.generated.ts";

export function validateReplicaSet(_obj: ReplicaSet): FieldError[] { return []; }
export function validateReplicaSetUpdate(_obj: ReplicaSet, _old: ReplicaSet): FieldError[] { return []; }
export function validateReplicaSetStatus(_obj: ReplicaSet, _old: ReplicaSet): FieldError[] { return []; }
