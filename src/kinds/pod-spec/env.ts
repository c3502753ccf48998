import { type FieldError, invalidValue, notFoundValue, required } from "../../lib/field-error.ts";
import { check } from "../field-checks.ts";
import type { EnvFromSource, EnvVar, EnvVarSource, FileKeySelector, PodSpec } from "../types/core-v1.generated.ts";
import { isConfigMapKey, isDns1123Label, isDns1123Subdomain, isRelaxedEnvVarName, maskTrailingDash } from "../values/names.ts";
import { ENV_FIELD_PATHS, validateFieldRef, validateResourceFieldRef } from "./field-refs.ts";
import { validatePathNoBacksteps } from "./volumes/paths.ts";
import { eachContainer } from "./each-container.ts";

export function validateEnv(variables: readonly EnvVar[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  variables.forEach((variable, i) => {
    if (!variable.name) errors.push(required(`${path}[${i}].name`));
    else errors.push(...check(`${path}[${i}].name`, variable.name, isRelaxedEnvVarName));
    if (variable.valueFrom) errors.push(...validateSource(variable.valueFrom, variable.value, `${path}[${i}].valueFrom`));
  });
  return errors;
}

function validateSource(source: EnvVarSource, value: string | undefined, path: string): FieldError[] {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = source;
  const errors: FieldError[] = [];
  if (fieldRef) errors.push(...validateFieldRef(fieldRef, ENV_FIELD_PATHS, `${path}.fieldRef`));
  if (resourceFieldRef) errors.push(...validateResourceFieldRef(resourceFieldRef, `${path}.resourceFieldRef`));
  if (configMapKeyRef) errors.push(...validateKeyRef(configMapKeyRef, `${path}.configMapKeyRef`));
  if (secretKeyRef) errors.push(...validateKeyRef(secretKeyRef, `${path}.secretKeyRef`));
  if (fileKeyRef) errors.push(...validateFileKeyRef(fileKeyRef, `${path}.fileKeyRef`));
  const count = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef].filter(Boolean).length;
  if (count === 0) errors.push(invalidValue(path, "", "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"));
  else if (value) errors.push(invalidValue(path, "", "may not be specified when `value` is not empty"));
  else if (count > 1) errors.push(invalidValue(path, "", "may not have more than one field specified at a time"));
  return errors;
}

function validateKeyRef(ref: { name?: string; key?: string }, path: string): FieldError[] {
  return [
    ...check(`${path}.name`, ref.name ?? "", isDns1123Subdomain),
    ...(ref.key ? check(`${path}.key`, ref.key, isConfigMapKey) : [required(`${path}.key`)]),
  ];
}

function validateFileKeyRef(ref: FileKeySelector, path: string): FieldError[] {
  return [
    ...(ref.key ? check(`${path}.key`, ref.key, isRelaxedEnvVarName) : [required(`${path}.key`)]),
    ...(ref.volumeName ? check(`${path}.volumeName`, ref.volumeName, isDns1123Label) : [required(`${path}.volumeName`)]),
    ...(ref.path ? validatePathNoBacksteps(ref.path, `${path}.path`) : [required(`${path}.path`)]),
  ];
}

export function validateEnvFrom(sources: readonly EnvFromSource[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  sources.forEach((source, i) => {
    const at = `${path}[${i}]`;
    if (source.prefix) errors.push(...check(`${at}.prefix`, source.prefix, isRelaxedEnvVarName));
    if (source.configMapRef) errors.push(...validateSourceName(source.configMapRef.name, `${at}.configMapRef.name`));
    if (source.secretRef) errors.push(...validateSourceName(source.secretRef.name, `${at}.secretRef.name`));
    // Upstream reports these two at the list.
    if (!source.configMapRef && !source.secretRef) errors.push(invalidValue(path, "", "must specify one of: `configMapRef` or `secretRef`"));
    else if (source.configMapRef && source.secretRef) errors.push(invalidValue(path, "", "may not have more than one field specified at a time"));
  });
  return errors;
}

function validateSourceName(name: string | undefined, path: string): FieldError[] {
  if (!name) return [required(path)];
  return isDns1123Subdomain(maskTrailingDash(name)).map((text) => invalidValue(path, name, text));
}

/** Files of environment variables come from emptyDir volumes alone. */
export function validateFileKeyVolumes(spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  eachContainer(spec, path, (container, at) => container.env?.forEach((variable, i) => {
    const name = variable.valueFrom?.fileKeyRef?.volumeName;
    if (name === undefined) return;
    const where = `${at}.env[${i}].valueFrom.fileKeyRef.volumeName`;
    const volume = spec.volumes?.find((v) => v.name === name);
    if (!volume) errors.push(notFoundValue(where, name));
    else if (!volume.emptyDir) errors.push(invalidValue(where, name, "referenced volume must be of type emptyDir"));
  }));
  return errors;
}
