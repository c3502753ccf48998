/**
 * The kind that a CustomResourceDefinition describes, by the same interface as every built-in one, in each of its
 * versions: pruning and field ownership run off the schema, defaulting and validation off what the author wrote. As
 * upstream, a request's own version says what is valid, what is a subresource and what can be selected by.
 */
import { forbidden } from "../../../lib/errors.ts";
import type { Evolution, Kind, KindVersion, Strategy } from "../../kind.ts";
import type { KubeObject } from "../../object.ts";
import { restore } from "../../status-subresource.ts";
import type { CustomResourceDefinition, CustomResourceDefinitionVersion, JSONSchemaProps } from "../../types/apiextensions-v1.generated.ts";
import { applyDefaults, pruneNulls } from "./default-values.ts";
import { customColumns } from "./custom-columns.ts";
import { deprecationWarningOf } from "./deprecation.ts";
import { findFirst, parseJsonPath } from "./json-path.ts";
import { rootSchema } from "./json-schema.ts";
import { storageVersion } from "./status.ts";
import { customSubresources } from "./subresources.ts";
import { definitionOfSummary, parseSummary } from "./summary.ts";
import { validateCustomResource } from "./validate-custom-resource.ts";

const kinds = new WeakMap<CustomResourceDefinition, Map<string, Kind>>();

/** One kind for one state of a definition and one of its versions; by default that of storage. */
export function kindFromCrd(crd: CustomResourceDefinition, version = storageVersion(crd)): Kind {
  let known = kinds.get(crd);
  if (!known) kinds.set(crd, (known = new Map()));
  let kind = known.get(version);
  if (!kind) known.set(version, (kind = makeKind(crd, version)));
  return kind;
}

/** As a version has it: what shows in discovery and OpenAPI. */
export function servedKinds(crd: CustomResourceDefinition): Kind[] {
  return crd.spec.versions.filter((v) => v.served).map(({ name }) => {
    const kind = kindFromCrd(crd, name);
    return { ...kind, versions: [kind.versions[0]] };
  });
}

/** The same of a definition that is established, from its summary. */
export function kindsOfSummary(text: string): Kind[] {
  const summary = parseSummary(text);
  return summary.established ? servedKinds(definitionOfSummary(summary)) : [];
}

function makeKind(crd: CustomResourceDefinition, name: string): Kind {
  const names = crd.status?.acceptedNames ?? crd.spec.names;
  const version = crd.spec.versions.find((v) => v.name === name)!;
  const others = crd.spec.versions.filter((v) => v !== version);
  return {
    group: crd.spec.group, kind: names.kind, resource: names.plural, singular: names.singular ?? names.kind.toLowerCase(),
    ...(names.listKind && { listKind: names.listKind }),
    ...(names.shortNames && { shortNames: names.shortNames }), ...(names.categories && { categories: names.categories }),
    scope: crd.spec.scope as Kind["scope"],
    versions: [kindVersion(crd, version), ...others.map((v) => kindVersion(crd, v))],
    evolution: evolutionOf(crd),
    strategy: strategyOf(crd, version),
    subresources: customSubresources(version),
    columns: customColumns(version.additionalPrinterColumns),
    selectableFields: selectableFieldsOf(version),
  };
}

const evolutions = new WeakMap<CustomResourceDefinition, Evolution>();

function evolutionOf(crd: CustomResourceDefinition): Evolution {
  let evolution = evolutions.get(crd);
  if (evolution) return evolution;
  const { conversion } = crd.spec;
  const schemas = new Map(crd.spec.versions.map((v) => [v.name, v.schema?.openAPIV3Schema]));
  evolution = {
    in: (version) => kindFromCrd(crd, version),
    stored: storageVersion(crd),
    state: `${crd.metadata.uid}/${crd.metadata.resourceVersion}`,
    since: Number(crd.metadata.resourceVersion ?? 0),
    ...(conversion?.strategy === "Webhook" && { webhook: conversion.webhook as Evolution["webhook"] }),
    defaults(version, obj) { defaultBy(schemas.get(version), obj); },
  };
  evolutions.set(crd, evolution);
  return evolution;
}

function defaultBy(schema: JSONSchemaProps | undefined, obj: KubeObject): void {
  if (!schema) return;
  pruneNulls(obj, schema);
  applyDefaults(obj, schema);
}

const versions = new WeakMap<CustomResourceDefinitionVersion, KindVersion>();

function kindVersion(crd: CustomResourceDefinition, version: CustomResourceDefinitionVersion): KindVersion {
  let known = versions.get(version);
  if (!known) versions.set(version, (known = makeVersion(crd, version)));
  return known;
}

function makeVersion(crd: CustomResourceDefinition, version: CustomResourceDefinitionVersion): KindVersion {
  const written = version.schema?.openAPIV3Schema;
  let schema: ReturnType<typeof rootSchema> | undefined;
  return {
    version: version.name,
    served: version.served,
    ...(version.deprecated && { deprecated: true, deprecationWarning: deprecationWarningOf(crd, version) }),
    // Made when first asked for: most requests touch few kinds.
    get schema() { return (schema ??= rootSchema(written)); },
    ...(written && { jsonSchema: written as unknown as Record<string, unknown> }),
    columns: customColumns(version.additionalPrinterColumns),
  };
}

function strategyOf(crd: CustomResourceDefinition, { schema: { openAPIV3Schema: schema } = {}, subresources }: CustomResourceDefinitionVersion): Strategy<KubeObject> {
  const hasStatus = subresources?.status !== undefined;
  return {
    hasGeneration: true,
    allowUnconditionalUpdate: false,
    defaults(obj) { defaultBy(schema, obj); },
    prepareForCreate(obj) {
      if (crd.metadata.deletionTimestamp) {
        throw forbidden({ group: crd.spec.group, resource: crd.spec.names.plural, kind: crd.spec.names.kind, name: obj.metadata.name }, "create not allowed while custom resource definition is terminating");
      }
      if (hasStatus) delete obj["status"];
    },
    prepareForUpdate(obj, old) { if (hasStatus) restore(obj, old, "status"); },
    validate: (obj, _ctx, old) => validateCustomResource(obj, { schema, scale: subresources?.scale, old }),
  };
}

function selectableFieldsOf({ selectableFields = [] }: CustomResourceDefinitionVersion): Record<string, (obj: KubeObject) => string> {
  return Object.fromEntries(selectableFields.map(({ jsonPath }) => {
    const path = parseJsonPath(jsonPath) ?? [];
    return [jsonPath.replace(/^\./, ""), (obj: KubeObject) => textOf(findFirst(obj, path))];
  }));
}

const textOf = (value: unknown): string => (value === undefined || value === null || typeof value === "object" ? "" : String(value));
