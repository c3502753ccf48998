import { invalidValue, notSupported, required, type FieldError } from "../../../lib/field-error.ts";
import { check } from "../../field-checks.ts";
import type { HTTPIngressPath, Ingress, IngressBackend, IngressRule, IngressSpec, IngressTLS } from "../../types/networking-v1.generated.ts";
import { isIpLegacy, parseIp } from "../../values/ip.ts";
import { isDns1123Label, isDns1123Subdomain, isPathSegmentName, isPortName, isPortNumber, isWildcardDns1123Subdomain } from "../../values/names.ts";

export const CLASS_ANNOTATION = "kubernetes.io/ingress.class";

const PATH_TYPES = ["Exact", "ImplementationSpecific", "Prefix"];
const FORBIDDEN_SEQUENCES = ["//", "/./", "/../", "%2f", "%2F"];
const FORBIDDEN_SUFFIXES = ["/..", "/."];

export function validateIngress(obj: Ingress, old?: Ingress): FieldError[] {
  const spec = obj.spec ?? {};
  const errors = validateSpec(spec, "spec");
  const annotated = obj.metadata.annotations?.[CLASS_ANNOTATION];
  if (!old && annotated !== undefined && spec.ingressClassName !== undefined && annotated !== spec.ingressClassName) {
    errors.push(invalidValue(`annotations.${CLASS_ANNOTATION}`, annotated, "must match `ingressClassName` when both are specified"));
  }
  return errors;
}

export function validateIngressStatus({ status }: Ingress): FieldError[] {
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }, i) => {
    const path = `status.loadBalancer.ingress[${i}]`;
    const errors = ip ? check(`${path}.ip`, ip, isIpLegacy) : [];
    if (!hostname) return errors;
    errors.push(...check(`${path}.hostname`, hostname, isDns1123Subdomain));
    if (parseIp(hostname)) errors.push(invalidValue(`${path}.hostname`, hostname, "must be a DNS name, not an IP address"));
    return errors;
  });
}

function validateSpec(spec: IngressSpec, path: string): FieldError[] {
  const { defaultBackend, rules = [], tls = [], ingressClassName } = spec;
  return [
    ...(rules.length === 0 && !defaultBackend ? [invalidValue(path, spec.rules ?? null, "either `defaultBackend` or `rules` must be specified")] : []),
    ...(defaultBackend ? validateBackend(defaultBackend, `${path}.defaultBackend`) : []),
    ...rules.flatMap((rule, i) => validateRule(rule, `${path}.rules[${i}]`)),
    ...tls.flatMap((entry, i) => validateTls(entry, `${path}.tls[${i}]`)),
    ...(ingressClassName !== undefined ? check(`${path}.ingressClassName`, ingressClassName, isDns1123Subdomain) : []),
  ];
}

function validateRule({ host = "", http }: IngressRule, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (host && parseIp(host)) errors.push(invalidValue(`${path}.host`, host, "must be a DNS name, not an IP address"));
  if (host) errors.push(...check(`${path}.host`, host, host.includes("*") ? isWildcardDns1123Subdomain : isDns1123Subdomain));
  if (!http) return errors;
  const paths = http.paths ?? [];
  if (paths.length === 0) errors.push(required(`${path}.http.paths`));
  return errors.concat(paths.flatMap((entry, i) => validatePath(entry, `${path}.http.paths[${i}]`)));
}

function validatePath({ path: value = "", pathType, backend }: HTTPIngressPath, path: string): FieldError[] {
  if (pathType === undefined) return [required(`${path}.pathType`, "pathType must be specified")];
  return [...validatePathValue(value, pathType, path), ...validateBackend(backend ?? {}, `${path}.backend`)];
}

function validatePathValue(value: string, type: string, path: string): FieldError[] {
  const at = `${path}.path`;
  if (!PATH_TYPES.includes(type)) return [notSupported(`${path}.pathType`, type, PATH_TYPES)];
  const isStrict = type !== "ImplementationSpecific";
  const errors = (isStrict || value !== "") && !value.startsWith("/") ? [invalidValue(at, value, "must be an absolute path")] : [];
  if (!isStrict || value === "") return errors;
  for (const sequence of FORBIDDEN_SEQUENCES) if (value.includes(sequence)) errors.push(invalidValue(at, value, `must not contain '${sequence}'`));
  for (const suffix of FORBIDDEN_SUFFIXES) if (value.endsWith(suffix)) errors.push(invalidValue(at, value, `cannot end with '${suffix}'`));
  return errors;
}

function validateTls({ hosts = [], secretName }: IngressTLS, path: string): FieldError[] {
  return [
    ...hosts.flatMap((host, i) => check(`${path}.hosts[${i}]`, host, host.includes("*") ? isWildcardDns1123Subdomain : isDns1123Subdomain)),
    ...(secretName ? check(`${path}.secretName`, secretName, isDns1123Subdomain) : []),
  ];
}

function validateBackend({ resource, service }: IngressBackend, path: string): FieldError[] {
  if (resource && service) return [invalidValue(path, "", "cannot set both resource and service backends")];
  if (resource) {
    return [
      ...(resource.apiGroup !== undefined ? check(`${path}.resource.apiGroup`, resource.apiGroup, isDns1123Subdomain) : []),
      ...(resource.kind ? check(`${path}.resource.kind`, resource.kind, isPathSegmentName) : [required(`${path}.resource.kind`)]),
      ...(resource.name ? check(`${path}.resource.name`, resource.name, isPathSegmentName) : [required(`${path}.resource.name`)]),
    ];
  }
  if (!service) return [invalidValue(path, "", "resource or service backend is required")];
  return [
    ...(service.name ? check(`${path}.service.name`, service.name, isDns1123Label) : [required(`${path}.service.name`)]),
    ...validatePort(service.port ?? {}, path),
  ];
}

function validatePort({ name, number }: { name?: string; number?: number }, path: string): FieldError[] {
  if (name && number) return [invalidValue(path, "", "cannot set both port name & port number")];
  if (name) return check(`${path}.service.port.name`, name, isPortName);
  if (number) return isPortNumber(number).map((text) => invalidValue(`${path}.service.port.number`, number, text));
  return [required(path, "port name or number is required")];
}
