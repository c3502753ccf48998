import { badRequest } from "../../lib/errors.ts";
import { cidrContains, parseCidr, parseIp } from "../values/ip.ts";

/** What a pod or node may say its address is, though by it the proxy would reach the dialling node itself, or everybody. */
const NOT_GLOBAL = ["0.0.0.0/32", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "255.255.255.255/32", "::/128", "::1/128", "fe80::/10", "ff00::/8"]
  .map((text) => parseCidr(text)!);

/** Throws ApiError unless the proxy may dial it. */
export function proxyAddress(host: string): string {
  const ip = parseIp(host);
  if (!ip || NOT_GLOBAL.some((block) => cidrContains(block, ip))) throw badRequest("address not allowed");
  return host;
}

/** Of a request for `name:port`. Throws ApiError when it is none. */
export function proxyPort(port: string, request: string): number {
  const number = Number(port);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) throw badRequest(request);
  return number;
}
