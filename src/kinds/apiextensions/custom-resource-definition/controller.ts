/**
 * Empties a CustomResourceDefinition that is being deleted, and then lets it go (upstream's CRD finalizer); and gives
 * names that became free to the definitions of the same group that wait for them. Objects with finalizers of their own
 * hold the definition: they are looked at again every few seconds.
 */
import type { Controller } from "../../../controllers/controller.ts";
import type { Kind } from "../../kind.ts";
import type { Reader, Transaction } from "../../transaction.ts";
import type { CustomResourceDefinition } from "../../types/apiextensions-v1.generated.ts";
import { summaries } from "../custom-kinds.ts";
import { kindFromCrd } from "./kind-from-crd.ts";
import { customResourceDefinition } from "./kind.ts";
import { settleNames } from "./naming.ts";
import { cleanupFinalizer, conditionOf, isTrue, setCondition } from "./status.ts";

/** Deleted in one transaction; the rest follows in the next. */
const batch = 200;
const waitMs = 5_000;

export const customResourceDefinitionController: Controller = {
  name: "crd-controller",
  watches: [{
    kind: customResourceDefinition,
    keys: ({ type, object }, reader) => [...(type === "DELETED" ? [] : [object.metadata.name!]), ...waitingForNames(object, reader)],
  }],
  reconcile(tx, name) {
    const crd = tx.get(customResourceDefinition, undefined, name);
    if (!crd) return;
    if (crd.metadata.deletionTimestamp) return crd.metadata.finalizers?.includes(cleanupFinalizer) ? finalize(tx, crd) : undefined;
    if (isTrue(crd, "NamesAccepted")) return;
    tx.update(customResourceDefinition, undefined, name, (draft) => settleNames(draft, { reader: tx, nowMs: tx.nowMs }), { subresource: "status" });
  },
};

function* waitingForNames(changed: CustomResourceDefinition, reader: Reader): Iterable<string> {
  for (const other of summaries(reader, changed.spec.group)) if (other.name !== changed.metadata.name && !other.namesAccepted) yield other.name;
}

function finalize(tx: Transaction, crd: CustomResourceDefinition): { requeueAfterMs: number } | void {
  const kind = tx.kindFor(crd.spec.group, crd.spec.names.plural) ?? kindFromCrd(crd);
  if (isTrue(crd, "Established")) {
    const deleted = deleteObjects(tx, kind);
    if (tx.count(kind) > 0) {
      say(tx, crd, "InstanceDeletionInProgress", "CustomResource deletion is in progress");
      return { requeueAfterMs: deleted === batch ? 0 : waitMs };
    }
  }
  tx.update(customResourceDefinition, undefined, crd.metadata.name!, (draft) => {
    draft.metadata.finalizers = draft.metadata.finalizers?.filter((f) => f !== cleanupFinalizer);
  });
}

function deleteObjects(tx: Transaction, kind: Kind): number {
  const doomed = tx.list(kind).filter((obj) => !obj.metadata.deletionTimestamp).slice(0, batch);
  for (const { metadata } of doomed) tx.delete(kind, metadata.namespace, metadata.name!);
  return doomed.length;
}

function say(tx: Transaction, crd: CustomResourceDefinition, reason: string, message: string): void {
  if (conditionOf(crd, "Terminating")?.reason === reason) return;
  tx.update(customResourceDefinition, undefined, crd.metadata.name!, (draft) => setCondition(draft, { type: "Terminating", status: "True", reason, message }, tx.nowMs), { subresource: "status" });
}
