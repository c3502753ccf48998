import { forbiddenField, invalidValue, notSupported, Path, required, type FieldError } from "../../../lib/field-error.ts";
import { check } from "../../field-checks.ts";
import type { IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from "../../types/networking-v1.generated.ts";
import { cidrContains, isCidrLegacy, parseCidr } from "../../values/ip.ts";
import { validateLabelSelector } from "../../values/label-selector.ts";
import { isPortName, isPortNumber } from "../../values/names.ts";

const PROTOCOLS = ["TCP", "UDP", "SCTP"];
const POLICY_TYPES = ["Ingress", "Egress"];

export function validateNetworkPolicy({ spec }: NetworkPolicy): FieldError[] {
  const errors = validateLabelSelector(spec?.podSelector, Path.of("spec.podSelector"));
  const rules = (list: readonly { ports?: NetworkPolicyPort[]; peers?: NetworkPolicyPeer[] }[], path: string, peerField: string) => list.forEach(({ ports = [], peers = [] }, i) => {
    ports.forEach((port, p) => errors.push(...validatePort(port, `${path}[${i}].ports[${p}]`)));
    peers.forEach((peer, p) => errors.push(...validatePeer(peer, `${path}[${i}].${peerField}[${p}]`)));
  });
  rules((spec?.ingress ?? []).map(({ ports, from }) => ({ ports, peers: from })), "spec.ingress", "from");
  rules((spec?.egress ?? []).map(({ ports, to }) => ({ ports, peers: to })), "spec.egress", "to");
  const types = spec?.policyTypes ?? [];
  if (types.length > POLICY_TYPES.length) return [...errors, invalidValue("spec.policyTypes", types, "may not specify more than two policyTypes")];
  types.forEach((type, i) => { if (!POLICY_TYPES.includes(type)) errors.push(notSupported(`spec.policyTypes[${i}]`, type, POLICY_TYPES)); });
  return errors;
}

function validatePort({ protocol, port, endPort }: NetworkPolicyPort, path: string): FieldError[] {
  const errors = protocol !== undefined && !PROTOCOLS.includes(protocol) ? [notSupported(`${path}.protocol`, protocol, PROTOCOLS)] : [];
  if (port === undefined) return endPort === undefined ? errors : [...errors, invalidValue(`${path}.endPort`, endPort, "may not be specified when `port` is not specified")];
  if (typeof port === "string") {
    if (endPort !== undefined) errors.push(invalidValue(`${path}.endPort`, endPort, "may not be specified when `port` is non-numeric"));
    return [...errors, ...check(`${path}.port`, port, isPortName)];
  }
  errors.push(...isPortNumber(port).map((text) => invalidValue(`${path}.port`, port, text)));
  if (endPort === undefined) return errors;
  if (endPort < port) errors.push(invalidValue(`${path}.endPort`, port, "must be greater than or equal to `port`"));
  return [...errors, ...isPortNumber(endPort).map((text) => invalidValue(`${path}.endPort`, endPort, text))];
}

function validatePeer({ podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer, path: string): FieldError[] {
  const errors = [
    ...(podSelector ? validateLabelSelector(podSelector, Path.of(`${path}.podSelector`)) : []),
    ...(namespaceSelector ? validateLabelSelector(namespaceSelector, Path.of(`${path}.namespaceSelector`)) : []),
    ...(ipBlock ? validateIpBlock(ipBlock, `${path}.ipBlock`) : []),
  ];
  if (!podSelector && !namespaceSelector && !ipBlock) errors.push(required(path, "must specify a peer"));
  if (ipBlock && (podSelector || namespaceSelector)) errors.push(forbiddenField(path, "may not specify both ipBlock and another peer"));
  return errors;
}

function validateIpBlock({ cidr = "", except = [] }: IPBlock, path: string): FieldError[] {
  if (cidr === "") return [required(`${path}.cidr`)];
  const errors = check(`${path}.cidr`, cidr, isCidrLegacy);
  const block = parseCidr(cidr);
  if (!block) return errors;
  except.forEach((text, i) => {
    const at = `${path}.except[${i}]`;
    errors.push(...check(at, text, isCidrLegacy));
    const inner = parseCidr(text);
    if (inner && (!cidrContains(block, inner.address) || block.prefix >= inner.prefix)) errors.push(invalidValue(at, text, "must be a strict subset of `cidr`"));
  });
  return errors;
}
