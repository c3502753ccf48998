import type { SqlStore } from "./sql-store.ts";

const RESOURCE = "apiextensions.k8s.io/customresourcedefinitions";

interface Definition { status?: { conditions?: { type: string; status: string }[] } }

/** The custom resources that are served now. The version is the revision of the last change of any definition. */
export function establishedDefinitions(store: SqlStore, knownVersion?: string): { version: string; definitions?: string[] } {
  const version = String(store.newestRevision(RESOURCE));
  if (version === knownVersion) return { version };
  const definitions: string[] = [];
  for (const { json } of store.transaction.list(RESOURCE)) if (isEstablished(JSON.parse(json) as Definition)) definitions.push(json);
  return { version, definitions };
}

const isEstablished = ({ status }: Definition): boolean =>
  status?.conditions?.some((condition) => condition.type === "Established" && condition.status === "True") ?? false;
