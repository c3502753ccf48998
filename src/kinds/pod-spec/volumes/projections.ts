import { type FieldError, forbiddenField, invalidValue, notSupported, Path, required } from "../../../lib/field-error.ts";
import { validateLabelSelector } from "../../values/label-selector.ts";
import { isDns1123Subdomain } from "../../values/names.ts";
import type { KeyToPath } from "../../types/core-v1.generated.ts";
import { validateDownwardFile } from "./downward-api.ts";
import { validateKeyToPath, validateLocalNonReservedPath } from "./paths.ts";
import type { PodCertificateProjection, VolumeProjection } from "../../types/core-v1.generated.ts";

/** Of one projected volume: `taken` are the files that earlier sources put into it. */
interface Scope { path: string; taken: Set<string>; errors: FieldError[] }

const SOURCES = ["secret", "configMap", "downwardAPI", "serviceAccountToken", "clusterTrustBundle", "podCertificate"] as const;

export function validateProjections(sources: readonly VolumeProjection[], path: string): FieldError[] {
  const scope: Scope = { path, taken: new Set(), errors: [] };
  sources.forEach((source, i) => validateProjection(source, `${path}.sources[${i}]`, scope));
  return scope.errors;
}

function validateProjection(source: VolumeProjection, path: string, scope: Scope): void {
  if (source.secret) validateKeys(source.secret, `${path}.secret`, scope);
  if (source.configMap) validateKeys(source.configMap, `${path}.configMap`, scope);
  for (const file of source.downwardAPI?.items ?? []) {
    scope.errors.push(...validateDownwardFile(file, `${path}.downwardAPI`));
    if (file.path) take(file.path, file.path, scope);
  }
  if (source.serviceAccountToken) validateToken(source.serviceAccountToken, `${path}.serviceAccountToken`, scope);
  if (source.clusterTrustBundle) validateTrustBundle(source.clusterTrustBundle, `${path}.clusterTrustBundle`, scope);
  if (source.podCertificate) validateCertificate(source.podCertificate, `${path}.podCertificate`, scope);
  if (SOURCES.filter((name) => source[name]).length > 1) scope.errors.push(forbiddenField(path, "may not specify more than 1 volume type per source"));
}

/** `shown` is the value that upstream prints: the source's name for keys, the file's path otherwise. */
function take(file: string, shown: unknown, scope: Scope): void {
  if (scope.taken.has(file)) scope.errors.push(invalidValue(scope.path, shown, "conflicting duplicate paths"));
  scope.taken.add(file);
}

function validateKeys(source: { name?: string; items?: KeyToPath[] }, path: string, scope: Scope): void {
  if (!source.name) scope.errors.push(required(`${path}.name`));
  (source.items ?? []).forEach((item, i) => {
    scope.errors.push(...validateKeyToPath(item, `${path}.items[${i}]`));
    if (item.path) take(item.path, source.name ?? "", scope);
  });
}

function validateToken(token: NonNullable<VolumeProjection["serviceAccountToken"]>, path: string, { errors, path: volume }: Scope): void {
  const seconds = token.expirationSeconds ?? 0;
  if (seconds < 600) errors.push(invalidValue(`${path}.expirationSeconds`, seconds, "may not specify a duration less than 10 minutes"));
  if (seconds > 2 ** 32) errors.push(invalidValue(`${path}.expirationSeconds`, seconds, "may not specify a duration larger than 2^32 seconds"));
  if (!token.path) errors.push(required(`${volume}.path`));
  else errors.push(...validateLocalNonReservedPath(token.path, `${volume}.path`));
}

function validateTrustBundle(bundle: NonNullable<VolumeProjection["clusterTrustBundle"]>, path: string, scope: Scope): void {
  const { errors } = scope;
  const { name, signerName } = bundle;
  if (name != null && signerName != null) errors.push(invalidValue(path, bundle, "only one of name and signerName may be used"));
  else if (name != null) errors.push(...validateBundleName(name, bundle, path));
  else if (signerName != null) {
    if (signerName === "") errors.push(required(`${path}.signerName`, "must be a valid signer name"));
    errors.push(...validateSignerName(signerName, `${path}.signerName`));
    errors.push(...validateLabelSelector(bundle.labelSelector, Path.of(`${path}.labelSelector`)));
  } else errors.push(required(path, "either name or signerName must be specified"));
  if (!bundle.path) errors.push(required(`${path}.path`));
  errors.push(...validateLocalNonReservedPath(bundle.path ?? "", `${path}.path`));
  take(bundle.path ?? "", bundle.path ?? "", scope);
}

function validateBundleName(name: string, bundle: NonNullable<VolumeProjection["clusterTrustBundle"]>, path: string): FieldError[] {
  const errors = name === "" ? [required(`${path}.name`, "must be a valid object name")] : [];
  // `signer.example/path:mine:name` may carry its signer, of which the last part is a name of its own.
  const own = name.slice(name.lastIndexOf(":") + 1);
  errors.push(...isDns1123Subdomain(own).map((text) => invalidValue(`${path}.name`, name, `not a valid clustertrustbundlename: ${text}`)));
  if (bundle.labelSelector) errors.push(invalidValue(`${path}.labelSelector`, bundle.labelSelector, "labelSelector must be unset if name is specified"));
  return errors;
}

function validateSignerName(name: string, path: string): FieldError[] {
  if (!name) return [required(path)];
  const slash = name.indexOf("/");
  if (slash < 0) return [invalidValue(path, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'")];
  const domain = name.slice(0, slash);
  const errors = isDns1123Subdomain(domain).map((text) => invalidValue(path, domain, `validating label "${domain}": ${text}`));
  if (!domain.includes(".")) errors.push(invalidValue(path, domain, "should be a domain with at least two segments separated by dots"));
  return errors;
}

const KEY_TYPES = ["RSA3072", "RSA4096", "ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519"];
const HOUR = 3600;
const KUBERNETES_EXPIRATION_SECONDS_MAX = 24 * HOUR;
const EXPIRATION_SECONDS_MAX = 91 * 24 * HOUR;

function validateCertificate(certificate: PodCertificateProjection, path: string, scope: Scope): void {
  const { errors } = scope;
  errors.push(...validateSignerName(certificate.signerName ?? "", `${path}.signerName`));
  if (!KEY_TYPES.includes(certificate.keyType ?? "")) errors.push(notSupported(`${path}.keyType`, certificate.keyType ?? "", KEY_TYPES));
  const seconds = certificate.maxExpirationSeconds;
  if (seconds != null) {
    const max = certificate.signerName?.startsWith("kubernetes.io/") ? KUBERNETES_EXPIRATION_SECONDS_MAX : EXPIRATION_SECONDS_MAX;
    if (seconds < HOUR) errors.push(invalidValue(`${path}.maxExpirationSeconds`, seconds, "if provided, maxExpirationSeconds must be >= 3600"));
    if (seconds > max) errors.push(invalidValue(`${path}.maxExpirationSeconds`, seconds, `if provided, maxExpirationSeconds must be <= ${max}`));
  }
  const files = (["credentialBundlePath", "keyPath", "certificateChainPath"] as const).filter((name) => certificate[name]);
  for (const name of files) {
    errors.push(...validateLocalNonReservedPath(certificate[name]!, `${path}.${name}`));
    take(certificate[name]!, certificate[name], scope);
  }
  if (files.length === 0) errors.push(required(path, "specify at least one of credentialBundlePath, keyPath, and certificateChainPath"));
}
