import { type FieldError, duplicate, forbiddenField, invalidValue, notSupported, Path, required } from "../../../lib/field-error.ts";
import { check } from "../../field-checks.ts";
import { validatePortNumberOrName } from "../../pod-spec/ports.ts";
import type { Service, ServicePort, ServiceSpec } from "../../types/core-v1.generated.ts";
import { isCidrLegacy, isIpLegacy, parseIp } from "../../values/ip.ts";
import { validateLabels } from "../../values/label-selector.ts";
import { isDns1123Label, isDns1123Subdomain, isPortNumber, isQualifiedName } from "../../values/names.ts";
import { validateEndpointIp, validateProtocol } from "../endpoint-ip.ts";
import { validateAddressChanges, validateAddresses } from "./validate-addresses.ts";
import { isHeadless } from "./traits.ts";
import { validateTraffic } from "./validate-traffic.ts";

const TYPES = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];

export function validateService(obj: Service): FieldError[] {
  const spec = obj.spec ?? {};
  return [
    ...validateTopologyAnnotations(obj),
    ...validateType(spec),
    ...validatePorts(spec),
    ...(spec.selector ? validateLabels(spec.selector, Path.of("spec.selector")) : []),
    ...validateAffinity(spec),
    ...validateAddresses(spec),
    ...validateExternalIps(spec.externalIPs ?? []),
    ...validateLoadBalancer(obj),
    ...validateTraffic(spec),
  ];
}

export function validateServiceUpdate(obj: Service, old: Service): FieldError[] {
  const [spec, before] = [obj.spec ?? {}, old.spec ?? {}];
  const errors = validateAddressChanges(spec, before);
  if (spec.type === "LoadBalancer" && before.type === "LoadBalancer" && spec.loadBalancerClass !== before.loadBalancerClass) {
    errors.push(invalidValue("spec.loadBalancerClass", spec.loadBalancerClass ?? null, "may not change once set"));
  }
  const isLocal = [spec, before].every((s) => s.type === "LoadBalancer" && s.externalTrafficPolicy === "Local");
  if (isLocal && spec.healthCheckNodePort !== before.healthCheckNodePort) errors.push(forbiddenField("spec.healthCheckNodePort", "field is immutable"));
  return errors;
}

const HINTS = "service.kubernetes.io/topology-aware-hints";
const MODE = "service.kubernetes.io/topology-mode";

function validateTopologyAnnotations({ metadata: { annotations } }: Service): FieldError[] {
  const [hints, mode] = [annotations?.[HINTS], annotations?.[MODE]];
  if (hints === undefined || mode === undefined || hints === mode) return [];
  return [invalidValue(`metadata.annotations[${MODE}]`, mode, `must match annotations[${HINTS}] when both are specified`)];
}

function validateType(spec: ServiceSpec): FieldError[] {
  const { type } = spec;
  if (!type) return [required("spec.type")];
  if (!TYPES.includes(type)) return [notSupported("spec.type", type, TYPES)];
  const errors: FieldError[] = [];
  if (!spec.ports?.length && !isHeadless(spec) && type !== "ExternalName") errors.push(required("spec.ports"));
  if (isHeadless(spec) && (type === "LoadBalancer" || type === "NodePort")) {
    errors.push(invalidValue("spec.clusterIPs[0]", "None", `may not be set to 'None' for ${type} services`));
  }
  return type === "ExternalName" ? errors.concat(validateExternalName(spec)) : errors;
}

function validateExternalName(spec: ServiceSpec): FieldError[] {
  const refused = (field: string) => forbiddenField(`spec.${field}`, "may not be set for ExternalName services");
  const name = (spec.externalName ?? "").replace(/\.$/, "");
  return [
    ...(spec.clusterIPs?.length ? [refused("clusterIPs")] : []),
    ...(spec.ipFamilies?.length ? [refused("ipFamilies")] : []),
    ...(spec.ipFamilyPolicy != null ? [refused("ipFamilyPolicy")] : []),
    ...(name ? check("spec.externalName", name, isDns1123Subdomain) : [required("spec.externalName")]),
  ];
}

function validatePorts({ ports = [], type }: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  const [names, nodePorts, numbers] = [new Set<string>(), new Set<string>(), new Set<string>()];
  ports.forEach((port, i) => errors.push(...validatePort(port, ports.length > 1, names, `spec.ports[${i}]`)));
  ports.forEach((port, i) => {
    const at = `spec.ports[${i}]`;
    if (port.nodePort && type === "ClusterIP") errors.push(forbiddenField(`${at}.nodePort`, "may not be used when `type` is 'ClusterIP'"));
    if (port.nodePort && nodePorts.has(`${port.protocol}/${port.nodePort}`)) errors.push(duplicate(`${at}.nodePort`, port.nodePort));
    nodePorts.add(`${port.protocol}/${port.nodePort}`);
    const key = `${port.protocol}/${port.port}`;
    if (numbers.has(key)) errors.push(duplicate(at, { port: port.port, protocol: port.protocol }));
    numbers.add(key);
  });
  return errors;
}

function validatePort(port: ServicePort, requireName: boolean, names: Set<string>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (port.name) {
    errors.push(...check(`${path}.name`, port.name, isDns1123Label));
    if (names.has(port.name)) errors.push(duplicate(`${path}.name`, port.name));
    names.add(port.name);
  } else if (requireName) errors.push(required(`${path}.name`));
  const number = port.port ?? 0;
  errors.push(...isPortNumber(number).map((text) => invalidValue(`${path}.port`, number, text)));
  errors.push(...validateProtocol(port.protocol, `${path}.protocol`), ...validatePortNumberOrName(port.targetPort, `${path}.targetPort`));
  return port.appProtocol == null ? errors : errors.concat(check(`${path}.appProtocol`, port.appProtocol, isQualifiedName));
}

const AFFINITY_SECONDS_MAX = 86_400;

function validateAffinity({ sessionAffinity: affinity, sessionAffinityConfig: config }: ServiceSpec): FieldError[] {
  const path = "spec.sessionAffinityConfig";
  if (!affinity) return [required("spec.sessionAffinity")];
  if (affinity === "None") return config ? [forbiddenField(path, "must not be set when session affinity is None")] : [];
  if (affinity !== "ClientIP") return [notSupported("spec.sessionAffinity", affinity, ["ClientIP", "None"])];
  const missing = "when session affinity type is ClientIP";
  if (!config) return [required(path, missing)];
  if (!config.clientIP) return [required(`${path}.clientIP`, missing)];
  const seconds = config.clientIP.timeoutSeconds;
  if (seconds == null) return [required(`${path}.clientIP.timeoutSeconds`, missing)];
  return seconds > 0 && seconds <= AFFINITY_SECONDS_MAX ? []
    : [invalidValue(`${path}.clientIP.timeoutSeconds`, seconds, `must be greater than 0 and less than ${AFFINITY_SECONDS_MAX}`)];
}

function validateExternalIps(ips: readonly string[]): FieldError[] {
  return ips.flatMap((ip, i) => {
    const errors = check(`spec.externalIPs[${i}]`, ip, isIpLegacy);
    return errors.length > 0 ? errors : validateEndpointIp(ip, `spec.externalIPs[${i}]`);
  });
}

const SOURCE_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges";

function validateLoadBalancer({ spec = {}, metadata }: Service): FieldError[] {
  const isBalancer = spec.type === "LoadBalancer";
  const errors: FieldError[] = [];
  const only = (field: string) => { if (!isBalancer) errors.push(forbiddenField(field, "may only be used when `type` is 'LoadBalancer'")); };
  const text = metadata.annotations?.[SOURCE_RANGES];
  if (spec.loadBalancerSourceRanges?.length) {
    only("spec.LoadBalancerSourceRanges");
    spec.loadBalancerSourceRanges.forEach((range, i) => errors.push(...check(`spec.LoadBalancerSourceRanges[${i}]`, range.trim(), isCidrLegacy)));
  } else if (text !== undefined) {
    const field = `metadata.annotations[${SOURCE_RANGES}]`;
    only(field);
    if (text.trim()) for (const range of text.split(",")) errors.push(...check(field, range.trim(), isCidrLegacy));
  }
  if (spec.allocateLoadBalancerNodePorts != null) only("spec.allocateLoadBalancerNodePorts");
  else if (isBalancer) errors.push(required("allocateLoadBalancerNodePorts"));
  if (spec.loadBalancerClass == null) return errors;
  only("spec.loadBalancerClass");
  return isBalancer ? errors.concat(check("spec.loadBalancerClass", spec.loadBalancerClass, isQualifiedName)) : errors;
}

const IP_MODES = ["Proxy", "VIP"];

export function validateServiceStatus({ status, spec }: Service): FieldError[] {
  const ingress = status?.loadBalancer?.ingress ?? [];
  const path = "status.loadBalancer.ingress";
  if (ingress.length > 0 && spec?.type !== "LoadBalancer") return [forbiddenField(path, "may only be used when `spec.type` is 'LoadBalancer'")];
  return ingress.flatMap(({ ip, ipMode, hostname }, i) => {
    const at = `${path}[${i}]`;
    const errors: FieldError[] = ip ? check(`${at}.ip`, ip, isIpLegacy) : [];
    if (ipMode == null) { if (ip) errors.push(required(`${at}.ipMode`, "must be specified when `ip` is set")); }
    else if (!ip) errors.push(forbiddenField(`${at}.ipMode`, "may not be specified when `ip` is not set"));
    else if (!IP_MODES.includes(ipMode)) errors.push(notSupported(`${at}.ipMode`, ipMode, IP_MODES));
    if (hostname) errors.push(...check(`${at}.hostname`, hostname, isDns1123Subdomain));
    if (hostname && parseIp(hostname)) errors.push(invalidValue(`${at}.hostname`, hostname, "must be a DNS name, not an IP address"));
    return errors;
  });
}
