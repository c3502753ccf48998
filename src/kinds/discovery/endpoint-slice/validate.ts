import { type FieldError, duplicate, invalidValue, notSupported, Path, required, tooMany } from "../../../lib/field-error.ts";
import { validateEndpointIp, validateProtocol } from "../../core/endpoint-ip.ts";
import { check, immutable } from "../../field-checks.ts";
import type { Endpoint, EndpointHints, EndpointPort, EndpointSlice } from "../../types/discovery-v1.generated.ts";
import { isIp, isIpLegacy, parseIp } from "../../values/ip.ts";
import { validateLabels } from "../../values/label-selector.ts";
import { isDns1123Label, isDns1123Subdomain, isLabelValue, isQualifiedName } from "../../values/names.ts";

const ADDRESS_TYPES = ["FQDN", "IPv4", "IPv6"];
const ENDPOINTS_MAX = 1000;
const ADDRESSES_MAX = 100;
const PORTS_MAX = 20_000;
const HINTS_MAX = 8;
const TOPOLOGY_LABELS_MAX = 16;

export function validateEndpointSlice(obj: EndpointSlice): FieldError[] {
  return [...validateAddressType(obj.addressType), ...validatePorts(obj.ports ?? []), ...validateEndpoints(obj)];
}

export const validateEndpointSliceUpdate = (obj: EndpointSlice, old: EndpointSlice): FieldError[] =>
  immutable("addressType", obj.addressType, old.addressType);

function validateAddressType(type: string | undefined): FieldError[] {
  if (!type) return [required("addressType")];
  return ADDRESS_TYPES.includes(type) ? [] : [notSupported("addressType", type, ADDRESS_TYPES)];
}

function validatePorts(ports: readonly EndpointPort[]): FieldError[] {
  if (ports.length > PORTS_MAX) return [tooMany("ports", ports.length, PORTS_MAX)];
  const names = new Set<string>();
  return ports.flatMap((port, i) => {
    const name = port.name ?? "";
    const isRepeated = names.has(name);
    names.add(name);
    return [
      ...(name ? check(`ports[${i}].name`, name, isDns1123Label) : []),
      ...(isRepeated ? [duplicate(`ports[${i}].name`, name)] : []),
      ...validateProtocol(port.protocol, `ports[${i}].protocol`),
      ...(port.appProtocol == null ? [] : check(`ports[${i}].appProtocol`, port.appProtocol, isQualifiedName)),
    ];
  });
}

function validateEndpoints({ endpoints = [], addressType }: EndpointSlice): FieldError[] {
  if (endpoints.length > ENDPOINTS_MAX) return [tooMany("endpoints", endpoints.length, ENDPOINTS_MAX)];
  return endpoints.flatMap((endpoint, i) => validateEndpoint(endpoint, addressType, `endpoints[${i}]`));
}

function validateEndpoint(endpoint: Endpoint, type: string, path: string): FieldError[] {
  const addresses = endpoint.addresses ?? [];
  const errors: FieldError[] = [];
  if (addresses.length === 0) errors.push(required(`${path}.addresses`, "must contain at least 1 address"));
  else if (addresses.length > ADDRESSES_MAX) errors.push(tooMany(`${path}.addresses`, addresses.length, ADDRESSES_MAX));
  addresses.forEach((address, i) => errors.push(...validateAddress(address, type, `${path}.addresses`, i)));
  if (endpoint.nodeName != null) errors.push(...check(`${path}.nodeName`, endpoint.nodeName, isDns1123Subdomain));
  const topology = endpoint.deprecatedTopology;
  if (topology) {
    const count = Object.keys(topology).length;
    if (count > TOPOLOGY_LABELS_MAX) errors.push(tooMany(`${path}.deprecatedTopology`, count, TOPOLOGY_LABELS_MAX));
    errors.push(...validateLabels(topology, Path.of(`${path}.deprecatedTopology`)));
  }
  if (endpoint.hostname != null) errors.push(...check(`${path}.hostname`, endpoint.hostname, isDns1123Label));
  if (endpoint.hints) errors.push(...validateHints(endpoint.hints, `${path}.hints`));
  return errors;
}

function validateAddress(address: string, type: string, path: string, i: number): FieldError[] {
  const at = `${path}[${i}]`;
  if (type === "FQDN") return validateFqdn(address, at);
  if (type !== "IPv4" && type !== "IPv6") return [];
  const errors = check(at, address, type === "IPv4" ? isIpLegacy : isIp);
  if (errors.length > 0) return errors;
  const family = type === "IPv4" ? 4 : 6;
  // Upstream names the list here, not the entry.
  if (parseIp(address)?.family !== family) errors.push(invalidValue(path, address, `must be an ${type} address`));
  return [...errors, ...validateEndpointIp(address, at)];
}

function validateFqdn(name: string, path: string): FieldError[] {
  if (!name) return [required(path)];
  const withoutRoot = name.endsWith(".") ? name.slice(0, -1) : name;
  const errors = isDns1123Subdomain(withoutRoot);
  if (errors.length > 0) return [invalidValue(path, name, errors.join(","))];
  const labels = withoutRoot.split(".");
  if (labels.length < 2) return [invalidValue(path, name, "should be a domain with at least two segments separated by dots")];
  return labels.filter((label) => label.length > 63).map(() => invalidValue(path, name, "must be no more than 63 characters"));
}

function validateHints(hints: EndpointHints, path: string): FieldError[] {
  return [
    ...validateHintNames((hints.forZones ?? []).map((hint) => hint.name ?? ""), `${path}.forZones`, isLabelValue),
    ...validateHintNames((hints.forNodes ?? []).map((hint) => hint.name ?? ""), `${path}.forNodes`, isDns1123Subdomain),
  ];
}

function validateHintNames(names: readonly string[], path: string, rule: (name: string) => string[]): FieldError[] {
  if (names.length > HINTS_MAX) return [tooMany(path, names.length, HINTS_MAX)];
  return names.flatMap((name, i) => [
    ...(names.indexOf(name) < i ? [duplicate(`${path}[${i}].name`, name)] : []),
    ...check(`${path}[${i}].name`, name, rule),
  ]);
}
