import type { DefinitionPage, DefinitionQuery } from "../api/cluster-stub.ts";
import type { SqlStore } from "./sql-store.ts";
import type { StoredChange } from "./store.ts";

/**
 * The custom resources of the cluster as the Worker asks for them: which there are, by the summaries that an index holds;
 * one definition without its schemas, for a Table; and whole definitions page by page, for OpenAPI.
 */
const RESOURCE = "apiextensions.k8s.io/customresourcedefinitions";
const SUMMARIES = `${RESOURCE}:summary`;
const PAGE_CHARACTERS = 4_000_000;

interface Definition { spec: { versions: { schema?: unknown }[] }; status?: { conditions?: { type: string; status: string }[] } }

export class Definitions {
  readonly #store: SqlStore;

  constructor(store: SqlStore) { this.#store = store; }

  /** The version is the revision of the last change of any definition. */
  summaries(knownVersion?: string): { version: string; summaries?: string[] } {
    const version = String(this.#store.newestRevision(RESOURCE));
    return version === knownVersion ? { version } : { version, summaries: [...this.#store.transaction.indexValues(SUMMARIES, "")] };
  }

  /** Undefined: there is no such custom resource, or it is not served. */
  one({ group, resource }: { group: string; resource: string }, knownVersion?: string): { version: string; definition?: string } | undefined {
    const { transaction } = this.#store;
    const key = { resource: RESOURCE, namespace: "", name: `${resource}.${group}` };
    const found = transaction.peek(key);
    const version = found && `${found.uid}/${found.revision}`;
    if (version === undefined || version === knownVersion) return version === undefined ? undefined : { version };
    const definition = JSON.parse(transaction.get(key)!.json) as Definition;
    if (!isEstablished(definition)) return undefined;
    for (const of of definition.spec.versions) delete of.schema;
    return { version, definition: JSON.stringify(definition) };
  }

  /** Established ones only. */
  page({ group, after = "" }: DefinitionQuery): DefinitionPage {
    const { transaction } = this.#store;
    const definitions: string[] = [];
    let characters = 0;
    for (const summary of transaction.indexValues(SUMMARIES, group === undefined ? "" : `${group}/`)) {
      if (summary <= after) continue;
      const { name, established } = JSON.parse(summary.slice(summary.indexOf("/") + 1)) as { name: string; established: boolean };
      if (!established) continue;
      const row = transaction.get({ resource: RESOURCE, namespace: "", name });
      if (!row) continue;
      characters += definitions.push(row.json) && row.json.length;
      if (characters > PAGE_CHARACTERS) return { definitions, next: summary };
    }
    return { definitions };
  }
}

/** The resource whose meaning a change alters, if it is one of a definition. */
export function redefined({ resource, name }: StoredChange): string | undefined {
  if (resource !== RESOURCE) return undefined;
  const dot = name.indexOf(".");
  return `${name.slice(dot + 1)}/${name.slice(0, dot)}`;
}

const isEstablished = ({ status }: Definition): boolean =>
  status?.conditions?.some((condition) => condition.type === "Established" && condition.status === "True") ?? false;
