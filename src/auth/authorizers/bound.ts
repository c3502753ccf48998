import type { Authenticated } from "../../api/request.ts";
import type { KubeObject } from "../../kinds/object.ts";
import type { Reader } from "../../kinds/transaction.ts";
import { unauthorized } from "../../lib/errors.ts";

/**
 * A token is as good as what it is bound to: its service account, pod, secret or node must still exist with the uid
 * that was signed. Throws 401 otherwise. To be called before `authorize`, in the same transaction.
 */
export function checkBound(reader: Reader, user: Authenticated): void {
  const bound = user.bound;
  if (!bound) return;
  const namespace = bound.serviceAccount?.namespace;
  if (bound.serviceAccount) alive(reader, "serviceaccounts", namespace, bound.serviceAccount);
  if (bound.pod) alive(reader, "pods", namespace, bound.pod);
  if (bound.secret) alive(reader, "secrets", namespace, bound.secret);
  // A pod's token names its node for information only.
  if (bound.node && !bound.pod) alive(reader, "nodes", undefined, bound.node);
}

/** Upstream's leeway: what is being deleted keeps its tokens for so long after its deletionTimestamp. */
const LEEWAY_MS = 60_000;

function alive(reader: Reader, resource: string, namespace: string | undefined, ref: { name: string; uid: string }): void {
  const kind = reader.kindFor("", resource);
  const object = kind && reader.get<KubeObject>(kind, namespace, ref.name);
  if (!object || object.metadata.uid !== ref.uid) throw unauthorized();
  const deleted = object.metadata.deletionTimestamp;
  if (deleted && Date.parse(deleted) + LEEWAY_MS < reader.nowMs) throw unauthorized();
}
