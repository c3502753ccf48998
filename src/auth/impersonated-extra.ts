import { isDns1123Subdomain } from "../kinds/values/names.ts";

const PATH = /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;

/** Why these may not be impersonated in a constrained mode; undefined if they may. */
export function extraFault(extra: Readonly<Record<string, readonly string[]>>): string | undefined {
  for (const [key, values] of Object.entries(extra)) {
    if (key === "") return "impersonating the empty string key in extra is not allowed";
    const fault = keyFault(key);
    if (fault !== undefined) return `impersonating an invalid key in extra is not allowed: extra.key: Invalid value: ${JSON.stringify(key)}: ${fault}`;
    if (key !== key.toLowerCase()) return `impersonating a non-lowercase key in extra is not allowed: ${JSON.stringify(key)}`;
    if (values.length === 0) return "impersonating empty values in extra is not allowed";
    if (values.includes("")) return "impersonating the empty string value in extra is not allowed";
  }
  return undefined;
}

/** A path below a domain, such as `acme.io/foo`. */
function keyFault(key: string): string | undefined {
  const slash = key.indexOf("/");
  if (slash <= 0 || slash === key.length - 1) return 'must be a domain-prefixed path (such as "acme.io/foo")';
  return isDns1123Subdomain(key.slice(0, slash))[0] ?? (PATH.test(key.slice(slash + 1)) ? undefined : "Invalid path");
}
