/**
 * The kind that a CustomResourceDefinition describes, by the same interface as every built-in one: pruning and field
 * ownership run off the schema, defaulting and validation off what the author wrote. Objects are converted between
 * versions by their apiVersion alone (strategy None).
 */
import { ApiError } from "../../../lib/errors.ts";
import { invalidValue, type FieldError } from "../../../lib/field-error.ts";
import type { Kind, KindVersion, Strategy, Subresource } from "../../kind.ts";
import type { KubeObject } from "../../object.ts";
import { restore, statusSubresource } from "../../status-subresource.ts";
import type { CustomResourceDefinition, CustomResourceDefinitionVersion, JSONSchemaProps } from "../../types/apiextensions-v1.generated.ts";
import { applyDefaults } from "./default-values.ts";
import { evaluateRules } from "./evaluate-rules.ts";
import { hasRules } from "./rules.ts";
import { customColumns } from "./custom-columns.ts";
import { findFirst, parseJsonPath } from "./json-path.ts";
import { rootSchema } from "./json-schema.ts";
import { validateValue } from "./validate-value.ts";

const kinds = new WeakMap<CustomResourceDefinition, Kind>();

/** One kind for one state of a definition. */
export function kindFromCrd(crd: CustomResourceDefinition): Kind {
  let kind = kinds.get(crd);
  if (!kind) kinds.set(crd, (kind = makeKind(crd)));
  return kind;
}

function makeKind(crd: CustomResourceDefinition): Kind {
  const names = crd.status?.acceptedNames ?? crd.spec.names;
  const storage = crd.spec.versions.find((v) => v.storage)!;
  const others = crd.spec.versions.filter((v) => v !== storage);
  return {
    group: crd.spec.group, kind: names.kind, resource: names.plural, singular: names.singular ?? names.kind.toLowerCase(),
    ...(names.listKind && { listKind: names.listKind }),
    ...(names.shortNames && { shortNames: names.shortNames }), ...(names.categories && { categories: names.categories }),
    scope: crd.spec.scope as Kind["scope"],
    versions: [kindVersion(storage), ...others.map(kindVersion)],
    strategy: strategyOf(crd, storage),
    subresources: subresourcesOf(storage),
    columns: customColumns(storage.additionalPrinterColumns),
    selectableFields: selectableFieldsOf(storage),
  };
}

function kindVersion(version: CustomResourceDefinitionVersion): KindVersion {
  const written = version.schema?.openAPIV3Schema;
  let schema: ReturnType<typeof rootSchema> | undefined;
  return {
    version: version.name,
    served: version.served,
    ...(version.deprecated && { deprecated: true }), ...(version.deprecationWarning && { deprecationWarning: version.deprecationWarning }),
    // Made when first asked for: most requests touch few kinds.
    get schema() { return (schema ??= rootSchema(written)); },
    ...(written && { jsonSchema: written as unknown as Record<string, unknown> }),
    columns: customColumns(version.additionalPrinterColumns),
  };
}

function strategyOf(crd: CustomResourceDefinition, storage: CustomResourceDefinitionVersion): Strategy<KubeObject> {
  const schema = storage.schema?.openAPIV3Schema;
  const hasStatus = storage.subresources?.status !== undefined;
  return {
    hasGeneration: true,
    allowUnconditionalUpdate: false,
    defaults(obj) { if (schema) applyDefaults(obj, schema); },
    prepareForCreate(obj) {
      if (crd.metadata.deletionTimestamp) throw new ApiError(405, "MethodNotAllowed", "create not allowed while custom resource definition is terminating");
      if (hasStatus) delete obj["status"];
    },
    prepareForUpdate(obj, old) { if (hasStatus) restore(obj, old, "status"); },
    validate: (obj, _ctx, old) => (schema ? validateWithRules(obj, schema, { old, isRoot: true }) : []),
  };
}

const uncheckedRules = "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";
const blocking = new Set(["FieldValueRequired", "FieldValueTooLong", "FieldValueTooMany", "FieldValueTypeInvalid"]);

/** Rules rely on what the schema says of types: they are run when that holds. */
function validateWithRules(value: unknown, schema: JSONSchemaProps, at: { path?: string; old?: unknown; isRoot?: boolean }): FieldError[] {
  const errors = validateValue(value, schema, at);
  if (!hasRules(schema)) return errors;
  if (errors.some((e) => blocking.has(e.reason))) return [...errors, invalidValue("<nil>", null, uncheckedRules)];
  return [...errors, ...evaluateRules(value, schema, at)];
}

/** Writes that change nothing but the status are not validated as a whole. */
function validateStatus(written: JSONSchemaProps | undefined): (obj: KubeObject, old: KubeObject) => FieldError[] {
  const schema = written?.properties?.["status"];
  return (obj, old) => {
    const errors = schema && obj["status"] !== undefined ? validateValue(obj["status"], schema, { path: "status", old: old["status"] }) : [];
    // Rules of the root may compare the status with the rest.
    return written && errors.length === 0 ? evaluateRules(obj, written, { old, isRoot: true }) : errors;
  };
}

function subresourcesOf({ subresources, schema }: CustomResourceDefinitionVersion): Record<string, Subresource> {
  const scale = subresources?.scale;
  const selectorPath = scale?.labelSelectorPath ? parseJsonPath(scale.labelSelectorPath) : undefined;
  return {
    ...(subresources?.status && { status: statusSubresource<KubeObject>({ validateUpdate: validateStatus(schema?.openAPIV3Schema) }) }),
    ...(scale && { scale: {
      type: "scale", specReplicasPath: scale.specReplicasPath, statusReplicasPath: scale.statusReplicasPath,
      selector: (obj: KubeObject) => textOf(selectorPath ? findFirst(obj, selectorPath) : undefined),
    } as const }),
  };
}

function selectableFieldsOf({ selectableFields = [] }: CustomResourceDefinitionVersion): Record<string, (obj: KubeObject) => string> {
  return Object.fromEntries(selectableFields.map(({ jsonPath }) => {
    const path = parseJsonPath(jsonPath) ?? [];
    return [jsonPath.replace(/^\./, ""), (obj: KubeObject) => textOf(findFirst(obj, path))];
  }));
}

const textOf = (value: unknown): string => (value === undefined || value === null || typeof value === "object" ? "" : String(value));
