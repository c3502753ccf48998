import type { KubeObject } from "../object.ts";
import type { Reader } from "../transaction.ts";
import type { Bound } from "./claims.ts";

/**
 * Whether what a token is bound to still exists with the uid that was signed. What is being deleted keeps its tokens for
 * a minute after its deletionTimestamp, which is upstream's leeway.
 */
export function isAlive(reader: Reader, bound: Bound): boolean {
  const namespace = bound.serviceAccount?.namespace;
  return alive(reader, "serviceaccounts", namespace, bound.serviceAccount)
    && alive(reader, "pods", namespace, bound.pod)
    && alive(reader, "secrets", namespace, bound.secret)
    // A pod's token names its node for information only.
    && (bound.pod !== undefined || alive(reader, "nodes", undefined, bound.node));
}

const LEEWAY_MS = 60_000;

function alive(reader: Reader, resource: string, namespace: string | undefined, ref: { name: string; uid: string } | undefined): boolean {
  if (!ref) return true;
  const kind = reader.kindFor("", resource);
  const object = kind && reader.get<KubeObject>(kind, namespace, ref.name);
  if (!object || object.metadata.uid !== ref.uid) return false;
  const deleted = object.metadata.deletionTimestamp;
  return !deleted || Date.parse(deleted) + LEEWAY_MS >= reader.nowMs;
}
