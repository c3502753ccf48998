/**
 * Upstream's rules for names of all sorts (apimachinery's util/validation and api/validate/content). Each function
 * returns the texts of what is wrong, in upstream's words because clients and tests match on them; empty means valid.
 */
const dns1123Label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const dns1123Subdomain = `${dns1123Label}(\\.${dns1123Label})*`;
const dns1123LabelWithUnderscore = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const dns1123SubdomainWithUnderscore = `${dns1123LabelWithUnderscore}(\\.${dns1123LabelWithUnderscore})*`;
const dns1035Label = "[a-z]([-a-z0-9]*[a-z0-9])?";
const wildcardSubdomain = `\\*\\.${dns1123Subdomain}`;
const labelKey = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const labelValue = `(${labelKey})?`;
const cIdentifier = "[A-Za-z_][A-Za-z0-9_]*";
const configMapKey = "[-._a-zA-Z0-9]+";
const httpHeaderName = "[-A-Za-z0-9]+";
const percent = "[0-9]+%";

const whole = (pattern: string) => new RegExp(`^${pattern}$`);
const regexps = {
  dns1123Label: whole(dns1123Label), dns1123Subdomain: whole(dns1123Subdomain),
  dns1123SubdomainWithUnderscore: whole(dns1123SubdomainWithUnderscore), dns1035Label: whole(dns1035Label),
  wildcardSubdomain: whole(wildcardSubdomain), labelKey: whole(labelKey), labelValue: whole(labelValue),
  cIdentifier: whole(cIdentifier), configMapKey: whole(configMapKey),
  httpHeaderName: whole(httpHeaderName), percent: whole(percent),
};

const labelText = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
const subdomainText = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const subdomainWithUnderscoreText = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character";
const dns1035Text = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
const wildcardText = "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character";
const labelKeyText = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const labelValueText = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const cIdentifierText = "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'";
const relaxedEnvVarText = "a valid environment variable name must consist only of printable ASCII characters other than '='";
const configMapKeyText = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
const headerText = "a valid HTTP header must consist of alphanumeric characters or '-'";
const percentText = "a valid percent string must be a numeric string followed by an ending '%'";

export const maxCharacters = (count: number): string => `must be no more than ${count} characters`;
/** Label keys and values count bytes in their text, unlike the older rules. */
const maxBytes = (count: number): string => `must be no more than ${count} bytes`;
export const inclusiveRange = (low: number, high: number): string => `must be between ${low} and ${high}, inclusive`;
const emptyText = "must be non-empty";

/** Upstream's RegexError. */
export function patternText(text: string, pattern: string, ...examples: string[]): string {
  if (examples.length === 0) return `${text} (regex used for validation is '${pattern}')`;
  return `${text} (e.g. ${examples.map((e) => `'${e}', `).join(" or ")}regex used for validation is '${pattern}')`;
}

export function isDns1123Label(value: string): string[] {
  const errors = value.length > 63 ? [maxCharacters(63)] : [];
  if (regexps.dns1123Label.test(value)) return errors;
  if (regexps.dns1123Subdomain.test(value)) return [...errors, "must not contain dots"];
  return [...errors, patternText(labelText, dns1123Label, "my-name", "123-abc")];
}

export function isDns1123Subdomain(value: string): string[] {
  const errors = value.length > 253 ? [maxCharacters(253)] : [];
  if (!regexps.dns1123Subdomain.test(value)) errors.push(patternText(subdomainText, dns1123Subdomain, "example.com"));
  return errors;
}

export function isDns1123SubdomainWithUnderscore(value: string): string[] {
  const errors = value.length > 253 ? [maxCharacters(253)] : [];
  if (!regexps.dns1123SubdomainWithUnderscore.test(value)) {
    errors.push(patternText(subdomainWithUnderscoreText, dns1123SubdomainWithUnderscore, "example.com"));
  }
  return errors;
}

export function isWildcardDns1123Subdomain(value: string): string[] {
  const errors = value.length > 253 ? [maxCharacters(253)] : [];
  if (!regexps.wildcardSubdomain.test(value)) errors.push(patternText(wildcardText, wildcardSubdomain, "*.example.com"));
  return errors;
}

export function isDns1035Label(value: string): string[] {
  const errors = value.length > 63 ? [maxCharacters(63)] : [];
  if (!regexps.dns1035Label.test(value)) errors.push(patternText(dns1035Text, dns1035Label, "my-name", "abc-123"));
  return errors;
}

/** Label keys, annotation keys, resource names, finalizers: `[prefix/]name`. */
export function isQualifiedName(value: string): string[] {
  const parts = value.split("/");
  const text = patternText(labelKeyText, labelKey, "MyName", "my.name", "123-abc");
  if (parts.length > 2) return [`a valid label key ${text} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  const errors: string[] = [];
  const name = parts.at(-1)!;
  if (parts.length === 2) {
    if (parts[0] === "") errors.push(`prefix part ${emptyText}`);
    else errors.push(...isDns1123Subdomain(parts[0]!).map((m) => `prefix part ${m === maxCharacters(253) ? maxBytes(253) : m}`));
  }
  if (name === "") errors.push(`name part ${emptyText}`);
  else if (name.length > 63) errors.push(`name part ${maxBytes(63)}`);
  if (!regexps.labelKey.test(name)) errors.push(`name part ${text}`);
  return errors;
}

export function isLabelValue(value: string): string[] {
  const errors = value.length > 63 ? [maxBytes(63)] : [];
  if (!regexps.labelValue.test(value)) errors.push(patternText(labelValueText, labelValue, "MyValue", "my_value", "12345"));
  return errors;
}

export function isCIdentifier(value: string): string[] {
  return regexps.cIdentifier.test(value) ? [] : [patternText(cIdentifierText, cIdentifier, "my_name", "MY_NAME", "MyName")];
}

export function isRelaxedEnvVarName(value: string): string[] {
  if (value === "") return [`environment variable name ${emptyText}`];
  return /^[ -<>-~]+$/.test(value) ? [] : [relaxedEnvVarText];
}

/** Keys of ConfigMaps and Secrets. */
export function isConfigMapKey(value: string): string[] {
  const errors = value.length > 253 ? [maxCharacters(253)] : [];
  if (!regexps.configMapKey.test(value)) errors.push(patternText(configMapKeyText, configMapKey, "key.name", "KEY_NAME", "key-name"));
  return [...errors, ...changesDirectory(value)];
}

export function isHttpHeaderName(value: string): string[] {
  return regexps.httpHeaderName.test(value) ? [] : [patternText(headerText, httpHeaderName, "X-Header-Name")];
}

export function isPercent(value: string): string[] {
  return regexps.percent.test(value) ? [] : [patternText(percentText, percent, "1%", "93%")];
}

export const isPortNumber = (port: number): string[] => isInRange(port, 1, 65535);
export const isUserId = (id: number): string[] => isInRange(id, 0, 2147483647);
export const isGroupId = isUserId;

function isInRange(value: number, low: number, high: number): string[] {
  return value >= low && value <= high ? [] : [inclusiveRange(low, high)];
}

export function isPortName(port: string): string[] {
  const errors = port.length > 15 ? [maxCharacters(15)] : [];
  if (!/^[-a-z0-9]+$/.test(port)) errors.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  if (!/[a-z]/.test(port)) errors.push("must contain at least one letter (a-z)");
  if (port.includes("--")) errors.push("must not contain consecutive hyphens");
  if (port.startsWith("-") || port.endsWith("-")) errors.push("must not begin or end with a hyphen");
  return errors;
}

/** Names of RBAC objects and others that need only fit into a URL. With `prefix`, a generateName. */
export function isPathSegmentName(name: string, prefix = false): string[] {
  if (!prefix && (name === "." || name === "..")) return [`may not be '${name}'`];
  return ["/", "%"].filter((c) => name.includes(c)).map((c) => `may not contain '${c}'`);
}

/** As the validation of a generateName wants it: the trailing dash is replaced by a letter before the check. */
export const maskTrailingDash = (name: string): string =>
  name.length > 1 && name.endsWith("-") ? `${name.slice(0, -1)}a` : name;

function changesDirectory(value: string): string[] {
  if (value === ".") return ["must not be '.'"];
  if (value === "..") return ["must not be '..'"];
  return value.startsWith("..") ? ["must not start with '..'"] : [];
}
