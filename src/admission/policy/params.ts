import type { Kind, ReadContext } from "../../kinds/kind.ts";
import type { KubeObject } from "../../kinds/object.ts";
import type { ParamKind, ParamRef } from "../../kinds/types/admissionregistration-v1.generated.ts";
import { labelSelectorOf } from "../../kinds/values/label-selector.ts";

/** A policy or binding that cannot be put to work; its failure policy says what becomes of the request. */
export class ConfigurationError extends Error {}

/** The kind of a policy's parameters, in the version that it names. */
export function paramKindOf(kind: ParamKind | undefined, { reader }: ReadContext): Kind | undefined {
  if (!kind) return undefined;
  const { apiVersion = "", kind: name = "" } = kind;
  const found = reader.kindOf({ apiVersion, kind: name });
  const version = apiVersion.slice(apiVersion.indexOf("/") + 1);
  const isServed = found?.versions.some((v) => v.version === version && v.served !== false);
  if (!found || !isServed) throw new ConfigurationError(`failed to configure policy: failed to find resource referenced by paramKind: '${apiVersion}, Kind=${name}'`);
  return found.evolution ? found.evolution.in(version) : found;
}

/** What a binding gives its policy as `params`: one run for each. Undefined is a run without any. */
export function collectParams(kind: ParamKind | undefined, ref: ParamRef | undefined, namespace: string | undefined, ctx: ReadContext): (KubeObject | undefined)[] {
  const found = paramKindOf(kind, ctx);
  if (!found || !ref) return [undefined];
  const { reader } = ctx;
  const isCluster = found.scope === "Cluster";
  if (isCluster && ref.namespace) throw new ConfigurationError("failed to configure binding: paramRef.namespace must not be provided for a cluster-scoped `paramKind`");
  const within = isCluster ? undefined : ref.namespace || namespace;
  if (!isCluster && !within) throw new ConfigurationError("failed to configure binding: cannot use namespaced paramRef in policy binding that matches cluster-scoped resources");
  const params = ref.name ? [reader.get(found, within, ref.name)].filter((p) => p !== undefined)
    : reader.list(found, { ...(within && { namespace: within }), labels: labelSelectorOf(ref.selector as Parameters<typeof labelSelectorOf>[0]) });
  if (params.length === 0 && ref.parameterNotFoundAction === "Deny") throw new ConfigurationError("failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction");
  return params;
}
