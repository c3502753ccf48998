import type { KubeObject } from "../../kinds/object.ts";
import { uncoveredRules } from "../../kinds/rbac/covers.ts";
import type { ClusterRole, Role, RoleBinding } from "../../kinds/rbac/types.ts";
import type { Transaction } from "../../kinds/transaction.ts";
import { deepEqual } from "../../lib/deep-equal.ts";
import { AUTO_UPDATE, policyObjects } from "./index.ts";

type PolicyObject = ClusterRole | Role | RoleBinding;

/**
 * Brings the default RBAC policy of a cluster that an older version made up to this version's, as upstream does at each
 * start: what is missing is added, what an administrator added stays, and what he took over (autoupdate "false") is left
 * alone. Idempotent.
 */
export function keepPolicy(tx: Transaction): void {
  for (const wanted of policyObjects()) keep(tx, wanted);
}

function keep(tx: Transaction, wanted: PolicyObject): void {
  const kind = tx.kindOf(wanted as KubeObject)!;
  const { namespace, name } = wanted.metadata;
  const found = tx.get<PolicyObject & KubeObject>(kind, namespace, name!);
  if (found?.metadata.annotations?.[AUTO_UPDATE] === "false") return;
  if (found && isBinding(wanted) && isBinding(found) && !deepEqual(found.roleRef, wanted.roleRef)) tx.delete(kind, namespace, name!);
  if (!tx.get(kind, namespace, name!)) {
    tx.create(kind, wanted as KubeObject);
    return;
  }
  tx.update<PolicyObject & KubeObject>(kind, namespace, name!, (draft) => addMissing(draft, wanted));
}

function addMissing(draft: PolicyObject, wanted: PolicyObject): void {
  const { metadata } = draft;
  metadata.labels = { ...wanted.metadata.labels, ...metadata.labels };
  metadata.annotations = { ...wanted.metadata.annotations, ...metadata.annotations };
  if (isBinding(wanted)) addSubjects(draft as RoleBinding, wanted);
  else if (isAggregated(wanted)) addSelectors(draft as ClusterRole, wanted);
  else addRules(draft as Role, wanted);
}

function addSubjects(draft: RoleBinding, { subjects = [] }: RoleBinding): void {
  const missing = absentFrom(draft.subjects ?? [], subjects);
  if (missing.length > 0) draft.subjects = [...(draft.subjects ?? []), ...missing];
}

/** The rules of such a role are its controller's. */
function addSelectors(draft: ClusterRole, { aggregationRule }: ClusterRole): void {
  const held = draft.aggregationRule?.clusterRoleSelectors ?? [];
  const missing = absentFrom(held, aggregationRule?.clusterRoleSelectors ?? []);
  if (missing.length > 0) draft.aggregationRule = { clusterRoleSelectors: [...held, ...missing] };
}

function addRules(draft: Role, { rules = [] }: Role): void {
  const missing = uncoveredRules(draft.rules ?? [], rules);
  if (missing.length > 0) draft.rules = [...(draft.rules ?? []), ...missing];
}

const absentFrom = <T>(held: readonly T[], wanted: readonly T[]): T[] => wanted.filter((one) => !held.some((other) => deepEqual(other, one)));
const isBinding = (object: PolicyObject): object is RoleBinding => "roleRef" in object;
const isAggregated = (object: ClusterRole | Role): object is ClusterRole => "aggregationRule" in object;
