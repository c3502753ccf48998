import { type FieldError, invalidValue, notSupported, required } from "../../lib/field-error.ts";
import { cidrContains, parseCidr, parseIp } from "../values/ip.ts";

const PROTOCOLS = ["SCTP", "TCP", "UDP"];

export function validateProtocol(protocol: string | undefined, path: string): FieldError[] {
  if (!protocol) return [required(path)];
  return PROTOCOLS.includes(protocol) ? [] : [notSupported(path, protocol, PROTOCOLS)];
}

const REFUSED: readonly [cidrs: string[], text: string][] = [
  [["127.0.0.0/8", "::1/128"], "may not be in the loopback range (127.0.0.0/8, ::1/128)"],
  [["169.254.0.0/16", "fe80::/10"], "may not be in the link-local range (169.254.0.0/16, fe80::/10)"],
  [["224.0.0.0/24", "ff02::/16"], "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"],
];
const BLOCKS = REFUSED.map(([cidrs, text]) => ({ blocks: cidrs.map((cidr) => parseCidr(cidr)!), text }));

/** Of endpoints and external IPs: traffic must not be led to a node's own or link-local addresses. */
export function validateEndpointIp(text: string, path: string): FieldError[] {
  const ip = parseIp(text);
  if (!ip) return [invalidValue(path, text, "must be a valid IP address")];
  if (ip.value === 0n) return [invalidValue(path, text, `may not be unspecified (${text})`)];
  return BLOCKS.filter(({ blocks }) => blocks.some((block) => cidrContains(block, ip))).map((refused) => invalidValue(path, text, refused.text));
}
