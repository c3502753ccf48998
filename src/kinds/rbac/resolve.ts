import type { Kind, UserInfo } from "../kind.ts";
import type { KubeObject } from "../object.ts";
import type { Reader } from "../transaction.ts";
import { RBAC_GROUP, type PolicyRule, type Role, type RoleBinding, type RoleRef, type Subject } from "./types.ts";

/**
 * Which RBAC rules a user holds. Bindings are read once and kept per cluster (`Reader.scope`) until an RBAC object is
 * written. While the transaction of such a write runs, nothing is kept, since it may still be rolled back; transactions
 * are synchronous, so it is over when the next microtask runs.
 */
export interface HeldRule { rule: PolicyRule; /** Such as `ClusterRoleBinding "x" of ClusterRole "y" to Group "z"`. */ source: string }
export interface HeldRules { rules: readonly HeldRule[]; /** Roles that are referred to and do not exist. */ errors: readonly string[] }

const USERS_MAX = 2_000;

class Snapshot {
  readonly clusterBindings: readonly RoleBinding[];
  readonly bindings = new Map<string, readonly RoleBinding[]>();
  readonly users = new Map<string, HeldRules>();
  constructor(reader: Reader) { this.clusterBindings = reader.list(kindOf(reader, "clusterrolebindings")); }

  bindingsIn(reader: Reader, namespace: string): readonly RoleBinding[] {
    let found = this.bindings.get(namespace);
    if (!found) this.bindings.set(namespace, found = reader.list(kindOf(reader, "rolebindings"), { namespace }));
    return found;
  }
}

interface Kept { snapshot?: Snapshot; unsettled: boolean }
const kept = new WeakMap<object, Kept>();

/** Rules that a user holds in a namespace; without one, cluster-wide. */
export function rulesOf(reader: Reader, user: UserInfo, namespace: string | undefined): HeldRules {
  const snapshot = snapshotOf(reader);
  const key = `${user.username}\0${namespace ?? ""}\0${user.groups.join("\0")}`;
  const known = snapshot.users.get(key);
  if (known) return known;
  const held = resolve(reader, snapshot, user, namespace);
  if (snapshot.users.size >= USERS_MAX) snapshot.users.clear();
  snapshot.users.set(key, held);
  return held;
}

/** Called in the transaction of every write to an RBAC object. */
export function forgetRules(reader: Reader): void {
  if (!reader.scope) return;
  const entry: Kept = { unsettled: true };
  kept.set(reader.scope, entry);
  queueMicrotask(() => { entry.unsettled = false; });
}

/** Rules of a role by reference, or undefined when there is no such role. */
export function rulesOfRole(reader: Reader, ref: RoleRef, namespace: string | undefined): readonly PolicyRule[] | undefined {
  const role = ref.kind === "ClusterRole"
    ? reader.get<Role>(kindOf(reader, "clusterroles"), undefined, ref.name)
    : reader.get<Role>(kindOf(reader, "roles"), namespace, ref.name);
  return role && (role.rules ?? []);
}

function snapshotOf(reader: Reader): Snapshot {
  if (!reader.scope) return new Snapshot(reader);
  let entry = kept.get(reader.scope);
  if (!entry) kept.set(reader.scope, entry = { unsettled: false });
  if (entry.unsettled) return new Snapshot(reader);
  return entry.snapshot ??= new Snapshot(reader);
}

function resolve(reader: Reader, snapshot: Snapshot, user: UserInfo, namespace: string | undefined): HeldRules {
  const rules: HeldRule[] = [];
  const errors: string[] = [];
  const collect = (binding: RoleBinding, bindingNamespace: string | undefined) => {
    const subject = binding.subjects?.find((s) => appliesTo(s, user, bindingNamespace));
    if (!subject) return;
    const found = rulesOfRole(reader, binding.roleRef, bindingNamespace);
    if (!found) { errors.push(missing(binding.roleRef)); return; }
    const source = describe(binding, subject, bindingNamespace);
    for (const rule of found) rules.push({ rule, source });
  };
  for (const binding of snapshot.clusterBindings) collect(binding, undefined);
  if (namespace) for (const binding of snapshot.bindingsIn(reader, namespace)) collect(binding, namespace);
  return { rules, errors };
}

function appliesTo(subject: Subject, user: UserInfo, namespace: string | undefined): boolean {
  switch (subject.kind) {
    case "User": return user.username === subject.name;
    case "Group": return user.groups.includes(subject.name);
    case "ServiceAccount": {
      const home = subject.namespace || namespace;
      return !!home && user.username === `system:serviceaccount:${home}:${subject.name}`;
    }
    default: return false;
  }
}

const missing = (ref: RoleRef): string =>
  `${ref.kind === "Role" ? "role" : "clusterrole"}.${RBAC_GROUP} ${JSON.stringify(ref.name)} not found`;

function describe(binding: KubeObject & RoleBinding, subject: Subject, namespace: string | undefined): string {
  const to = subject.kind === "ServiceAccount" ? `${subject.name}/${subject.namespace || namespace || ""}` : subject.name;
  const from = namespace ? `RoleBinding "${binding.metadata.name}/${namespace}"` : `ClusterRoleBinding "${binding.metadata.name}"`;
  return `${from} of ${binding.roleRef.kind} "${binding.roleRef.name}" to ${subject.kind} "${to}"`;
}

function kindOf(reader: Reader, resource: string): Kind<any> {
  const kind = reader.kindFor(RBAC_GROUP, resource);
  if (!kind) throw new Error(`${resource} is not registered`);
  return kind;
}
