/**
 * Everything that turns an object and a patch into an object, and that keeps metadata.managedFields. All pure.
 *
 * A patch of the first three types: `conformObject(applyXPatch(live, text…), target, fieldValidation)`, then the pipeline,
 * then `trackUpdate(live, result, …)`. Server-side apply: `decodeApplyPatch`, then `applyServerSide`, whose result has its
 * managedFields already; `conformObject` it and run the pipeline without `trackUpdate`.
 * Every create, update and patch of any door (subresources too) sets `metadata.managedFields = trackUpdate(…)` last,
 * after preparation and defaults, right before the write. `keepTimesIfIdle(live, result)` before the comparison that tells a
 * write without effect (after an apply above all).
 */
export { applyJsonPatch } from "./json-patch.ts";
export { applyMergePatch } from "./merge-patch.ts";
export { applyStrategicMergePatch } from "./strategic/apply.ts";
export { patchFaults } from "./strict.ts";
export { trackUpdate, keepTimesIfIdle, managerName, type ManagedWrite } from "./managed-fields/track-update.ts";
export { applyServerSide, type ApplyOptions } from "./managed-fields/apply.ts";
