import { type FieldError, required } from "../../../lib/field-error.ts";
import { check } from "../../field-checks.ts";
import type { EndpointAddress, EndpointPort, Endpoints, EndpointSubset } from "../../types/core-v1.generated.ts";
import { isIpLegacy } from "../../values/ip.ts";
import { isDns1123Label, isDns1123Subdomain, isPortNumber, isQualifiedName } from "../../values/names.ts";
import { invalidValue } from "../../../lib/field-error.ts";
import { validateEndpointIp, validateProtocol } from "../endpoint-ip.ts";

export function validateEndpoints(obj: Endpoints): FieldError[] {
  return (obj.subsets ?? []).flatMap((subset, i) => validateSubset(subset, `subsets[${i}]`));
}

function validateSubset({ addresses = [], notReadyAddresses = [], ports = [] }: EndpointSubset, path: string): FieldError[] {
  return [
    ...(addresses.length + notReadyAddresses.length === 0 ? [required(path, "must specify `addresses` or `notReadyAddresses`")] : []),
    ...addresses.flatMap((address, i) => validateAddress(address, `${path}.addresses[${i}]`)),
    ...notReadyAddresses.flatMap((address, i) => validateAddress(address, `${path}.notReadyAddresses[${i}]`)),
    ...ports.flatMap((port, i) => validatePort(port, ports.length > 1, `${path}.ports[${i}]`)),
  ];
}

function validateAddress(address: EndpointAddress, path: string): FieldError[] {
  const ip = address.ip ?? "";
  return [
    ...check(`${path}.ip`, ip, isIpLegacy),
    ...(address.hostname ? check(`${path}.hostname`, address.hostname, isDns1123Label) : []),
    ...(address.nodeName == null ? [] : check(`${path}.nodeName`, address.nodeName, isDns1123Subdomain)),
    ...validateEndpointIp(ip, `${path}.ip`),
  ];
}

function validatePort(port: EndpointPort, requireName: boolean, path: string): FieldError[] {
  return [
    ...(requireName && !port.name ? [required(`${path}.name`)] : []),
    ...(port.name ? check(`${path}.name`, port.name, isDns1123Label) : []),
    ...isPortNumber(port.port ?? 0).map((text) => invalidValue(`${path}.port`, port.port ?? 0, text)),
    ...validateProtocol(port.protocol, `${path}.protocol`),
    ...(port.appProtocol == null ? [] : check(`${path}.appProtocol`, port.appProtocol, isQualifiedName)),
  ];
}
