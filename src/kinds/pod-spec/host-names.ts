import { type FieldError, forbiddenField, invalidValue, required, tooLong } from "../../lib/field-error.ts";
import { check } from "../field-checks.ts";
import type { HostAlias, PodDNSConfig, PodSpec } from "../types/core-v1.generated.ts";
import { isIpLegacy } from "../values/ip.ts";
import { isDns1123Label, isDns1123Subdomain, isDns1123SubdomainWithUnderscore } from "../values/names.ts";

// Limits of the resolver in libc.
const NAMESERVERS_MAX = 3;
const SEARCHES_MAX = 32;
const SEARCH_CHARACTERS_MAX = 2048;
const HOSTNAME_LENGTH_MAX = 64;

/** How a pod is called and how it finds others: hostname, subdomain, host aliases and the resolver's settings. */
export function validateHostNames(spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.dnsConfig || spec.dnsPolicy === "None") errors.push(...validateDnsConfig(spec.dnsConfig, spec.dnsPolicy, `${path}.dnsConfig`));
  if (spec.hostnameOverride != null) errors.push(...validateOverride(spec, `${path}.hostnameOverride`));
  if (spec.hostname) errors.push(...check(`${path}.hostname`, spec.hostname, isDns1123Label));
  if (spec.subdomain) errors.push(...check(`${path}.subdomain`, spec.subdomain, isDns1123Label));
  return spec.hostAliases ? errors.concat(validateHostAliases(spec.hostAliases, `${path}.hostAliases`)) : errors;
}

function validateDnsConfig(config: PodDNSConfig | undefined, policy: string | undefined, path: string): FieldError[] {
  if (policy === "None") {
    if (!config) return [required(path, "must provide `dnsConfig` when `dnsPolicy` is None")];
    if (!config.nameservers?.length) return [required(`${path}.nameservers`, "must provide at least one DNS nameserver when `dnsPolicy` is None")];
  }
  const { nameservers = [], searches = [], options = [] } = config ?? {};
  const errors: FieldError[] = [];
  if (nameservers.length > NAMESERVERS_MAX) errors.push(invalidValue(`${path}.nameservers`, nameservers, `must not have more than ${NAMESERVERS_MAX} nameservers`));
  nameservers.forEach((ip, i) => errors.push(...check(`${path}.nameservers[${i}]`, ip, isIpLegacy)));
  if (searches.length > SEARCHES_MAX) errors.push(invalidValue(`${path}.searches`, searches, `must not have more than ${SEARCHES_MAX} search paths`));
  if (searches.join(" ").length > SEARCH_CHARACTERS_MAX) {
    errors.push(invalidValue(`${path}.searches`, searches, `must not have more than ${SEARCH_CHARACTERS_MAX} characters (including spaces) in the search list`));
  }
  searches.forEach((search, i) => {
    if (search !== ".") errors.push(...check(`${path}.searches[${i}]`, search.replace(/\.$/, ""), isDns1123SubdomainWithUnderscore));
  });
  options.forEach((option, i) => {
    if (!option.name) errors.push(required(`${path}.options[${i}]`, "must not be empty"));
  });
  return errors;
}

function validateOverride(spec: PodSpec, path: string): FieldError[] {
  const name = spec.hostnameOverride!;
  return [
    ...(spec.setHostnameAsFQDN ? [forbiddenField(path, "may not be specified when setHostnameAsFQDN is true")] : []),
    ...(spec.hostNetwork ? [forbiddenField(path, "may not be specified when hostNetwork is true")] : []),
    ...(name.length > HOSTNAME_LENGTH_MAX ? [tooLong(path, HOSTNAME_LENGTH_MAX)] : []),
    ...check(path, name, isDns1123Subdomain),
  ];
}

function validateHostAliases(aliases: readonly HostAlias[], path: string): FieldError[] {
  return aliases.flatMap(({ ip = "", hostnames = [] }, i) => [
    ...check(`${path}[${i}].ip`, ip, isIpLegacy),
    ...hostnames.flatMap((name, j) => check(`${path}[${i}].hostnames[${j}]`, name, isDns1123Subdomain)),
  ]);
}
