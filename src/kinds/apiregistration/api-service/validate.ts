import { invalidValue, notSupported, required, type FieldError } from "../../../lib/field-error.ts";
import { check } from "../../field-checks.ts";
import type { APIService, APIServiceSpec } from "../../types/apiregistration-v1.generated.ts";
import { isDns1035Label, isDns1123Subdomain, isPortNumber } from "../../values/names.ts";

const GROUP_PRIORITY_MAX = 20_000;
const VERSION_PRIORITY_MAX = 1_000;
const STATUSES = ["False", "True", "Unknown"];

export function validateApiService({ metadata, spec }: APIService): FieldError[] {
  const { group = "", version = "", groupPriorityMinimum = 0, versionPriority = 0 } = spec ?? {};
  const name = `${version}.${group}`;
  const errors = metadata.name === name ? [] : [invalidValue("metadata.name", metadata.name, `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(name)}`)];
  if (group === "" && version !== "v1") errors.push(required("spec.group", "only v1 may have an empty group and it better be legacy kube"));
  if (group !== "") errors.push(...check("spec.group", group, isDns1123Subdomain));
  errors.push(...check("spec.version", version, isDns1035Label));
  if (groupPriorityMinimum <= 0 || groupPriorityMinimum > GROUP_PRIORITY_MAX) errors.push(invalidValue("spec.groupPriorityMinimum", groupPriorityMinimum, "must be positive and less than 20000"));
  if (versionPriority <= 0 || versionPriority > VERSION_PRIORITY_MAX) errors.push(invalidValue("spec.versionPriority", versionPriority, "must be positive and less than 1000"));
  return errors.concat(spec?.service ? validateRemote(spec) : validateLocal(spec));
}

function validateLocal(spec: APIServiceSpec | undefined): FieldError[] {
  return [
    ...(spec?.caBundle ? [invalidValue("spec.caBundle", `${spec.caBundle.length} bytes`, "local APIServices may not have a caBundle")] : []),
    ...(spec?.insecureSkipTLSVerify ? [invalidValue("spec.insecureSkipTLSVerify", true, "local APIServices may not have insecureSkipTLSVerify")] : []),
  ];
}

function validateRemote({ service, insecureSkipTLSVerify, caBundle }: APIServiceSpec): FieldError[] {
  const { name, namespace, port = 0 } = service!;
  const portTexts = isPortNumber(port);
  return [
    ...(namespace ? [] : [required("spec.service.namespace")]),
    ...(name ? [] : [required("spec.service.name")]),
    ...(portTexts.length > 0 ? [invalidValue("spec.service.port", port, `port is not valid: ${portTexts.join(", ")}`)] : []),
    ...(insecureSkipTLSVerify && caBundle ? [invalidValue("spec.insecureSkipTLSVerify", true, "may not be true if caBundle is present")] : []),
  ];
}

export const validateApiServiceStatus = ({ status }: APIService): FieldError[] =>
  (status?.conditions ?? []).flatMap(({ status: value }, i) => (STATUSES.includes(value) ? [] : [notSupported(`status.conditions[${i}].status`, value, STATUSES)]));
