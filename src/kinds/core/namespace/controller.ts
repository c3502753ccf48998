import { itself, type Controller } from "../../../controllers/controller.ts";
import { pod as podKind } from "../pod/kind.ts";
import type { Change } from "../../kind.ts";
import type { KubeObject } from "../../object.ts";
import type { Reader, Transaction } from "../../transaction.ts";
import type { Namespace, NamespaceCondition } from "../../types/core-v1.generated.ts";
import { ApiError } from "../../../lib/errors.ts";
import { formatTime } from "../../values/time.ts";
import { deleteAggregatedContent, type AggregatedContent } from "./aggregated-content.ts";
import { namespace as namespaceKind } from "./kind.ts";

/** Deletes in rounds, so that a namespace with very much in it does not keep everybody waiting. */
const DELETES_PER_ROUND = 100;
const FAILURES_TOLD = 10;

/**
 * Empties a namespace that is being deleted: its pods first, so that they never run without what they use, then all else.
 * What extension API servers keep there comes last. Its conditions tell what still stands in the way; when nothing is left the finalizer is taken off. Deletions in the
 * namespace wake it again.
 */
export const namespaceController: Controller = {
  name: "namespace-controller",
  priority: 20,
  watches: [itself(namespaceKind), { kind: "*", keys: terminatingNamespace }],
  reconcile(tx, name) {
    const namespace = tx.get(namespaceKind, undefined, name);
    if (!namespace?.metadata.deletionTimestamp || !namespace.spec?.finalizers?.includes("kubernetes")) return;
    const failures: string[] = [];
    if (deleteContent(tx, name, failures)) return { requeueAfterMs: 0 };
    const rest = contentOf(tx, name);
    const isOurs = rest.length > 0 || failures.length > 0;
    const elsewhere = isOurs ? undefined : deleteAggregatedContent(tx, name);
    const found = elsewhere ?? { rest, failures, undiscovered: [] };
    tx.update(namespaceKind, undefined, name, (draft) => {
      draft.status = { ...draft.status, conditions: planConditions(namespace, found, tx.nowMs) };
    }, { subresource: "status" });
    if (found.failures.length > 0 || found.undiscovered.length > 0 || (elsewhere && elsewhere.rest.length > 0)) return "retry";
    if (rest.length > 0) return;
    tx.update(namespaceKind, undefined, name, (draft) => {
      draft.spec = { ...draft.spec, finalizers: draft.spec?.finalizers?.filter((finalizer) => finalizer !== "kubernetes") };
    }, { subresource: "finalize" });
  },
};

const contentOf = (reader: Reader, namespace: string): AggregatedContent["rest"] =>
  reader.kindsIn(namespace).map((kind) => ({ name: `${kind.resource}.${kind.group}`, objects: reader.list(kind, { namespace }) }));

/** One round; true when the next one can go on. What admission protects is told in `failures`, and does not protect the rest. */
function deleteContent(tx: Transaction, namespace: string, failures: string[]): boolean {
  let left = DELETES_PER_ROUND;
  const kinds = tx.kindsIn(namespace);
  for (const kind of [...kinds.filter((kind) => kind === podKind), ...kinds.filter((kind) => kind !== podKind)]) {
    for (const { metadata } of tx.list<KubeObject>(kind, { namespace })) {
      if (metadata.deletionTimestamp) continue;
      try {
        tx.delete(kind, namespace, metadata.name!, { preconditions: { uid: metadata.uid }, propagationPolicy: "Background" });
        if (--left === 0) return true;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (failures.push(error.message) === DELETES_PER_ROUND) return false;
      }
    }
    if (kind === podKind && tx.count(kind, namespace) > 0) return false;
  }
  return false;
}

function planConditions(namespace: Namespace, { rest, failures, undiscovered }: AggregatedContent, nowMs: number): NamespaceCondition[] {
  const finalizers = new Map<string, number>();
  for (const object of rest.flatMap(({ objects }) => objects)) {
    for (const finalizer of object.metadata.finalizers ?? []) finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
  }
  const remaining = rest.map(({ name, objects }) => `${name} has ${objects.length} resource instances`).sort().join(", ");
  const held = [...finalizers].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`).sort().join(", ");
  const conditions: readonly (readonly [string, boolean, string, string])[] = [
    undiscovered.length > 0 ? ["NamespaceDeletionDiscoveryFailure", true, "DiscoveryFailed", discoveryText(undiscovered)] : ["NamespaceDeletionDiscoveryFailure", false, "ResourcesDiscovered", "All resources successfully discovered"],
    ["NamespaceDeletionGroupVersionParsingFailure", false, "ParsedGroupVersions", "All legacy kube types successfully parsed"],
    failures.length > 0 ? ["NamespaceDeletionContentFailure", true, "ContentDeletionFailed", failureText(failures)] : ["NamespaceDeletionContentFailure", false, "ContentDeleted", "All content successfully deleted, may be waiting on finalization"],
    remaining ? ["NamespaceContentRemaining", true, "SomeResourcesRemain", `Some resources are remaining: ${remaining}`] : ["NamespaceContentRemaining", false, "ContentRemoved", "All content successfully removed"],
    held ? ["NamespaceFinalizersRemaining", true, "SomeFinalizersRemain", `Some content in the namespace has finalizers remaining: ${held}`] : ["NamespaceFinalizersRemaining", false, "ContentHasNoFinalizers", "All content-preserving finalizers finished"],
  ];
  return conditions.map(([type, holds, reason, message]) => {
    const status = holds ? "True" : "False";
    const former = namespace.status?.conditions?.find((condition) => condition.type === type);
    return { type, status, lastTransitionTime: former?.status === status ? former.lastTransitionTime : formatTime(nowMs), reason, message };
  });
}

const discoveryText = (versions: readonly string[]): string =>
  `Discovery failed for some groups, ${versions.length} failing: unable to retrieve the complete list of server APIs: ${versions.map((version) => `${version}: stale GroupVersion discovery: ${version}`).join(", ")}`;

/** Upstream lists them all; the same reason is told once here. */
const failureText = (failures: readonly string[]): string =>
  `Failed to delete all resource types, ${failures.length} remaining: ${[...new Set(failures)].sort().slice(0, FAILURES_TOLD).join(", ")}`;

/** Something in it went, or lost a finalizer; or came although it is going (a race that admission let through). */
function* terminatingNamespace(change: Change, reader: Reader): Iterable<string> {
  const name = change.object.metadata.namespace;
  if (!name) return;
  const finalizersChanged = change.previous?.metadata.finalizers?.length !== change.object.metadata.finalizers?.length;
  if (change.type === "MODIFIED" && !finalizersChanged) return;
  if (reader.get(namespaceKind, undefined, name)?.metadata.deletionTimestamp) yield name;
}
