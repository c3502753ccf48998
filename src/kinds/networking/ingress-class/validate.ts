import { forbiddenField, invalidValue, notSupported, required, tooLong, type FieldError } from "../../../lib/field-error.ts";
import { check } from "../../field-checks.ts";
import type { IngressClass, IngressClassParametersReference } from "../../types/networking-v1.generated.ts";
import { isDns1123Label, isDns1123Subdomain, isPathSegmentName, patternText } from "../../values/names.ts";

const CONTROLLER_LENGTH_MAX = 250;
const SCOPES = ["Cluster", "Namespace"];
const HTTP_PATH = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const HTTP_PATH_WHOLE = new RegExp(`^${HTTP_PATH}$`);

export function validateIngressClass({ spec }: IngressClass): FieldError[] {
  const controller = spec?.controller ?? "";
  return [
    ...(controller.length > CONTROLLER_LENGTH_MAX ? [tooLong("spec.controller", CONTROLLER_LENGTH_MAX)] : []),
    ...validateDomainPrefixedPath(controller, "spec.controller"),
    ...(spec?.parameters ? validateParameters(spec.parameters, "spec.parameters") : []),
  ];
}

function validateDomainPrefixedPath(value: string, path: string): FieldError[] {
  if (value === "") return [required(path)];
  const slash = value.indexOf("/");
  const [host, rest] = [value.slice(0, Math.max(slash, 0)), value.slice(slash + 1)];
  if (slash < 0 || host === "" || rest === "") return [invalidValue(path, value, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  const errors = check(path, host, isDns1123Subdomain);
  if (!HTTP_PATH_WHOLE.test(rest)) errors.push(invalidValue(path, rest, patternText("Invalid path", HTTP_PATH)));
  return errors;
}

function validateParameters(parameters: IngressClassParametersReference, path: string): FieldError[] {
  const { apiGroup, kind, name, scope, namespace } = parameters;
  const errors = apiGroup !== undefined ? check(`${path}.apiGroup`, apiGroup, isDns1123Subdomain) : [];
  errors.push(...(kind ? check(`${path}.kind`, kind, isPathSegmentName) : [required(`${path}.kind`)]));
  errors.push(...(name ? check(`${path}.name`, name, isPathSegmentName) : [required(`${path}.name`)]));
  if (scope === undefined) return [...errors, required(`${path}.scope`)];
  if (!SCOPES.includes(scope)) return [...errors, notSupported(`${path}.scope`, scope, SCOPES)];
  if (scope === "Namespace") errors.push(...(namespace === undefined ? [required(`${path}.namespace`, "`parameters.scope` is set to 'Namespace'")] : check(`${path}.namespace`, namespace, isDns1123Label)));
  if (scope === "Cluster" && namespace !== undefined) errors.push(forbiddenField(`${path}.namespace`, "`parameters.scope` is set to 'Cluster'"));
  return errors;
}
