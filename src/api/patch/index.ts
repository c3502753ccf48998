/**
 * Everything that turns an object and a patch into an object, and that keeps metadata.managedFields. All pure.
 *
 * A patch of the first three types: `conformObject(applyXPatch(live, text…), target, fieldValidation)`, `trackUpdate(live,
 * result, …)`, then the pipeline. Server-side apply: `decodeApplyPatch`, then `applyServerSide`, whose result has its
 * managedFields already; `conformObject` it and run the pipeline without `trackUpdate`.
 * Every create, update and patch of any door (subresources too) sets `metadata.managedFields = trackUpdate(…)` once
 * defaults are filled in and before admission adds to it (views: after their preparation). `keepTimesIfIdle(live, result)` before the comparison that tells a
 * write without effect (after an apply above all).
 */
export { applyJsonPatch } from "./json-patch.ts";
export { applyMergePatch } from "./merge-patch.ts";
export { applyStrategicMergePatch } from "./strategic/apply.ts";
export { patchFaults } from "./strict.ts";
export { areManagers } from "./managed-fields/managers.ts";
export { trackUpdate, keepTimesIfIdle, managerName, type ManagedWrite } from "./managed-fields/track-update.ts";
export { applyServerSide, type ApplyOptions } from "./managed-fields/apply.ts";
