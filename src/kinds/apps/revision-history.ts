/**
 * The states of a StatefulSet's or DaemonSet's template, each a ControllerRevision. Its data is a strategic merge patch
 * that replaces the template, since `kubectl rollout undo` sends it as one.
 */
import { claim, controllerOf, controllerReference } from "../../controllers/ownership.ts";
import { deepEqual } from "../../lib/deep-equal.ts";
import type { Kind } from "../kind.ts";
import type { KubeObject } from "../object.ts";
import type { Transaction } from "../transaction.ts";
import type { ControllerRevision } from "../types/apps-v1.generated.ts";
import type { PodTemplateSpec } from "../types/core-v1.generated.ts";
import type { LabelSelector } from "../types/meta-v1.generated.ts";
import { controllerRevision } from "./controller-revision/kind.ts";
import { templateHash } from "./template-hash.ts";

type Owner = KubeObject & {
  spec?: { selector?: LabelSelector; template?: PodTemplateSpec; revisionHistoryLimit?: number };
  status?: { collisionCount?: number };
};

export interface RevisionLabels {
  /** Under which a revision carries its hash. */
  hash: string;
}

export interface History {
  /** Oldest first; the last is the one of the present template. */
  revisions: ControllerRevision[];
  present: ControllerRevision;
  collisionCount: number | undefined;
}

const COLLISIONS_MAX = 20;

/** Makes the present template the newest revision: a new one, or an old one that is returned to. */
export function syncRevisions(tx: Transaction, kind: Kind, owner: Owner, labels: RevisionLabels): History {
  const known = claim(tx, { kind, object: owner, selector: owner.spec?.selector }, controllerRevision).sort(byRevision);
  const newest = known.at(-1);
  const data = dataOf(owner.spec?.template ?? {});
  const same = known.findLast((revision) => deepEqual(revision.data, data));
  if (same) {
    const present = same === newest ? same : renumber(tx, same, newest!.revision + 1);
    return { revisions: [...known.filter((revision) => revision !== same), present], present, collisionCount: owner.status?.collisionCount };
  }
  const { present, collisionCount } = add(tx, kind, owner, data, (newest?.revision ?? 0) + 1, labels);
  return { revisions: [...known, present], present, collisionCount };
}

/** The template that a revision holds. */
export function templateOf(revision: ControllerRevision): PodTemplateSpec {
  const { $patch: _, ...template } = (revision.data as { spec: { template: Record<string, unknown> } }).spec.template;
  return template as PodTemplateSpec;
}

/** Deletes the oldest of those that nothing uses any more, beyond the limit. */
export function forgetRevisions(tx: Transaction, owner: Owner, revisions: readonly ControllerRevision[], isUsed: (revision: ControllerRevision) => boolean): void {
  const unused = revisions.filter((revision) => !isUsed(revision));
  for (const revision of unused.slice(0, Math.max(0, unused.length - (owner.spec?.revisionHistoryLimit ?? 10)))) {
    tx.delete(controllerRevision, revision.metadata.namespace, revision.metadata.name!, { preconditions: { uid: revision.metadata.uid } });
  }
}

const dataOf = (template: PodTemplateSpec) => ({ spec: { template: { ...template, $patch: "replace" } } });

function renumber(tx: Transaction, { metadata }: ControllerRevision, revision: number): ControllerRevision {
  return tx.update(controllerRevision, metadata.namespace, metadata.name!, (draft) => { draft.revision = revision; })!;
}

/** A foreign revision of the same name is a collision of hashes: another name is found. */
function add(tx: Transaction, kind: Kind, owner: Owner, data: unknown, revision: number, labels: RevisionLabels): { present: ControllerRevision; collisionCount: number | undefined } {
  let collisionCount = owner.status?.collisionCount;
  for (let attempt = 0; attempt < COLLISIONS_MAX; attempt++) {
    const hash = templateHash(data, collisionCount);
    const name = `${owner.metadata.name}-${hash}`;
    const there = tx.get(controllerRevision, owner.metadata.namespace, name);
    if (!there) return { present: tx.create(controllerRevision, newRevision(kind, owner, { name, hash, data, revision }, labels)), collisionCount };
    if (controllerOf(there)?.uid === owner.metadata.uid && deepEqual(there.data, data)) return { present: there, collisionCount };
    collisionCount = (collisionCount ?? 0) + 1;
  }
  throw new Error(`no free name for a revision of ${owner.metadata.name}`);
}

function newRevision(kind: Kind, owner: Owner, made: { name: string; hash: string; data: unknown; revision: number }, labels: RevisionLabels): ControllerRevision {
  return {
    apiVersion: "apps/v1", kind: "ControllerRevision",
    metadata: {
      name: made.name, namespace: owner.metadata.namespace,
      labels: { ...owner.spec?.template?.metadata?.labels, [labels.hash]: made.hash },
      annotations: { ...owner.metadata.annotations },
      ownerReferences: [controllerReference(kind, owner)],
    },
    data: made.data, revision: made.revision,
  };
}

const byRevision = (a: ControllerRevision, b: ControllerRevision): number =>
  (a.revision ?? 0) - (b.revision ?? 0) || ((a.metadata.creationTimestamp ?? "") < (b.metadata.creationTimestamp ?? "") ? -1 : 1);
