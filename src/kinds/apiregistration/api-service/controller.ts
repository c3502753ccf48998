import type { Controller } from "../../../controllers/controller.ts";
import { summaries } from "../../apiextensions/custom-kinds.ts";
import { customResourceDefinition } from "../../apiextensions/custom-resource-definition/kind.ts";
import { namespace } from "../../core/namespace/kind.ts";
import { builtinKinds } from "../../index.ts";
import type { Change, Kind } from "../../kind.ts";
import type { Transaction } from "../../transaction.ts";
import type { CustomResourceDefinition } from "../../types/apiextensions-v1.generated.ts";
import type { APIService } from "../../types/apiregistration-v1.generated.ts";
import { apiService } from "./kind.ts";
import { groupPriority, versionPriority } from "./priorities.ts";

/** As upstream marks the objects that it keeps itself. */
const MANAGED = "kube-aggregator.kubernetes.io/automanaged";
const ALL = "*";

/**
 * Keeps a local APIService for every group version that the cluster itself serves, but APIService's own, and takes it away when the last
 * CustomResourceDefinition of it goes. Whether services behind the others answer is for whoever dials them.
 * Keys: `*` for what is built in, `VERSION GROUP PLURAL` for custom resources.
 */
export const apiServiceController: Controller = {
  name: "autoregister",
  watches: [
    // Among the first objects of every cluster.
    { kind: namespace, keys: ({ type, object }) => (type === "ADDED" && object.metadata.name === "kube-system" ? [ALL] : []) },
    { kind: customResourceDefinition, keys: versionsOf },
    { kind: apiService, keys: ({ type, object }) => (type === "DELETED" && object.metadata.labels?.[MANAGED] === "onstart" ? [ALL] : []) },
  ],
  reconcile(tx, key) {
    if (key === ALL) return void builtinVersions().forEach((name) => ensure(tx, name, "onstart"));
    const [version = "", group = "", plural = ""] = key.split(" ");
    const isServed = serves(tx.kindFor(group, plural), version);
    if (isServed) ensure(tx, { group, version }, "true");
    else removeUnserved(tx, { group, version });
  },
};

interface GroupVersion { group: string; version: string }
const nameOf = ({ group, version }: GroupVersion): string => `${version}.${group}`;
const serves = (kind: Kind | undefined, version: string): boolean => kind?.versions.some((v) => v.version === version && v.served !== false) ?? false;

function* versionsOf({ object, previous }: Change<CustomResourceDefinition>): Iterable<string> {
  const keys = [object, previous].flatMap((crd) => (crd?.spec.versions ?? []).map((version) => `${version.name} ${crd!.spec.group} ${crd!.spec.names.plural}`));
  yield* new Set(keys);
}

function builtinVersions(): GroupVersion[] {
  const found = builtinKinds.filter((kind) => kind.group !== apiService.group).flatMap((kind) => kind.versions.filter((v) => v.served !== false).map(({ version, group = kind.group }) => ({ group, version })));
  return [...new Map(found.map((v) => [nameOf(v), v])).values()];
}

function ensure(tx: Transaction, { group, version }: GroupVersion, managed: "onstart" | "true"): void {
  const name = nameOf({ group, version });
  if (tx.get(apiService, undefined, name)) return;
  const priority = groupPriority(group);
  tx.create<APIService>(apiService, {
    metadata: { name, labels: { [MANAGED]: managed } },
    spec: { ...(group && { group }), version, groupPriorityMinimum: priority ?? 1000, versionPriority: priority === undefined ? 100 : versionPriority(group, version) },
  });
}

function removeUnserved(tx: Transaction, { group, version }: GroupVersion): void {
  const name = nameOf({ group, version });
  if (tx.get(apiService, undefined, name)?.metadata.labels?.[MANAGED] !== "true") return;
  for (const { established, versions } of summaries(tx, group)) if (established && versions.some((v) => v.name === version && v.served)) return;
  tx.delete(apiService, undefined, name);
}
