import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from "../../types/apiextensions-v1.generated.ts";
import { compareVersions } from "../../values/versions.ts";

/** What a client of a deprecated version is told: its author's words, or upstream's with the newest version to use instead. */
export function deprecationWarningOf({ spec }: CustomResourceDefinition, version: CustomResourceDefinitionVersion): string {
  if (version.deprecationWarning !== undefined) return version.deprecationWarning;
  const { kind } = spec.names;
  const [better] = spec.versions.filter((v) => v.served && !v.deprecated && compareVersions(v.name, version.name) < 0).map((v) => v.name).sort(compareVersions);
  return `${spec.group}/${version.name} ${kind} is deprecated${better === undefined ? "" : `; use ${spec.group}/${better} ${kind}`}`;
}
