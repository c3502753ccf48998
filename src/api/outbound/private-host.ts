import { cidrContains, parseCidr, parseIp } from "../../kinds/values/ip.ts";

const PRIVATE = [
  "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3",
  "::/127", "fc00::/7", "fe80::/10", "ff00::/8",
].map((text) => parseCidr(text)!);

const LOCAL_NAME = /(^|\.)(localhost|local|internal|svc)$|^[^.]+$|\.cluster\.local$/;

/**
 * Names and addresses that mean something else, or nothing, on the network of the control plane: they are the business of
 * the cluster's own nodes. `hostname` as URL has it.
 */
export function isPrivateHost(hostname: string): boolean {
  const ip = parseIp(hostname.replace(/^\[|\]$/g, ""));
  if (!ip) return LOCAL_NAME.test(hostname.replace(/\.$/, ""));
  const plain = ip.mapped ? { ...ip, family: 4 as const, value: ip.value & 0xffffffffn, mapped: false } : ip;
  return PRIVATE.some((block) => cidrContains(block, plain));
}
