import type { ReadContext } from "../../kinds/kind.ts";
import type { KubeObject } from "../../kinds/object.ts";
import type { ParamKind, ParamRef } from "../../kinds/types/admissionregistration-v1.generated.ts";
import { labelSelectorOf } from "../../kinds/values/label-selector.ts";

/** A policy or binding that cannot be put to work; its failure policy says what becomes of the request. */
export class ConfigurationError extends Error {}

/** What a binding gives its policy as `params`: one run for each. Undefined is a run without any. */
export function collectParams(kind: ParamKind | undefined, ref: ParamRef | undefined, namespace: string | undefined, { reader }: ReadContext): (KubeObject | undefined)[] {
  if (!kind) return [undefined];
  const found = reader.kindOf({ apiVersion: kind.apiVersion ?? "", kind: kind.kind ?? "" });
  if (!found) throw new ConfigurationError(`failed to configure policy: failed to find resource referenced by paramKind: '${kind.apiVersion}, Kind=${kind.kind}'`);
  if (!ref) return [undefined];
  const isCluster = found.scope === "Cluster";
  if (isCluster && ref.namespace) throw new ConfigurationError("failed to configure binding: paramRef.namespace must not be provided for a cluster-scoped `paramKind`");
  const within = isCluster ? undefined : ref.namespace || namespace;
  if (!isCluster && !within) throw new ConfigurationError("failed to configure binding: cannot use namespaced paramRef in policy binding that matches cluster-scoped resources");
  const params = ref.name ? [reader.get(found, within, ref.name)].filter((p) => p !== undefined)
    : reader.list(found, { ...(within && { namespace: within }), labels: labelSelectorOf(ref.selector as Parameters<typeof labelSelectorOf>[0]) });
  if (params.length === 0 && ref.parameterNotFoundAction === "Deny") throw new ConfigurationError("failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction");
  return params;
}
