/**
 * All of a definition but its schemas, in a few hundred bytes: what discovery shows, and what names are taken. It stands
 * in an index whose values are read without the objects, by group, so that ten thousand definitions are listed without
 * reading one of them.
 */
import type { CustomResourceDefinition, CustomResourceDefinitionNames } from "../../types/apiextensions-v1.generated.ts";
import { isTrue } from "./status.ts";

export interface DefinitionSummary {
  name: string;
  uid: string;
  /** Of the definition's last change. */
  revision: number;
  group: string;
  scope: string;
  plural: string;
  accepted: Partial<CustomResourceDefinitionNames>;
  namesAccepted: boolean;
  established: boolean;
  versions: { name: string; served: boolean; storage: boolean; subresources?: ("status" | "scale")[] }[];
}

export const summaryIndex = "summary";

/** The value in the index: prefixed by its group. */
export const summaryText = (crd: CustomResourceDefinition): string => groupPrefix(crd.spec.group) + JSON.stringify(summaryOf(crd));
export const groupPrefix = (group: string): string => `${group}/`;
export const parseSummary = (text: string): DefinitionSummary => JSON.parse(text.slice(text.indexOf("/") + 1)) as DefinitionSummary;

function summaryOf(crd: CustomResourceDefinition): DefinitionSummary {
  return {
    name: crd.metadata.name ?? "", uid: crd.metadata.uid ?? "", revision: Number(crd.metadata.resourceVersion ?? 0),
    group: crd.spec.group, scope: crd.spec.scope, plural: crd.spec.names.plural,
    accepted: crd.status?.acceptedNames ?? {}, namesAccepted: isTrue(crd, "NamesAccepted"), established: isTrue(crd, "Established"),
    versions: crd.spec.versions.map(({ name, served, storage, subresources }) => {
      const doors = (["status", "scale"] as const).filter((door) => subresources?.[door]);
      return { name, served, storage, ...(doors.length > 0 && { subresources: doors }) };
    }),
  };
}

/** A definition as far as its summary tells: enough for a kind's names, versions and doors. */
export function definitionOfSummary({ name, uid, revision, group, scope, accepted, versions }: DefinitionSummary): CustomResourceDefinition {
  const paths = { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" };
  return {
    apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition",
    metadata: { name, uid, resourceVersion: String(revision) },
    spec: {
      group, scope, names: accepted as CustomResourceDefinitionNames,
      versions: versions.map(({ subresources = [], ...version }) => ({
        ...version, subresources: { ...(subresources.includes("status") && { status: {} }), ...(subresources.includes("scale") && { scale: paths }) },
      })),
    },
  };
}
