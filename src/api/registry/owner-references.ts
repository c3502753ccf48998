import type { KubeObject } from "../../kinds/object.ts";
import { deepEqual } from "../../lib/deep-equal.ts";
import type { Write } from "./write-context.ts";

/** Leaves each owner once, and warns of what was repeated: `when` is " after mutating admission happens" if nobody but a plugin can have done it. */
export function dedupeOwners(write: Write, { metadata }: KubeObject, when = ""): void {
  const owners = metadata.ownerReferences;
  if (!owners || owners.length < 2) return;
  const kept = owners.filter((owner, i) => !owners.slice(0, i).some((earlier) => earlier.uid === owner.uid && deepEqual(earlier, owner)));
  if (kept.length === owners.length) return;
  const repeated = owners.filter((owner) => !kept.includes(owner)).map(({ uid }) => uid);
  write.warn(`.metadata.ownerReferences contains duplicate entries${when}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${repeated.join(", ")}`);
  metadata.ownerReferences = kept;
}
