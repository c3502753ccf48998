import { X509Certificate } from "node:crypto";
import { base64ToText } from "../../../lib/base64.ts";
import { parseCertificateRequest } from "../../../lib/certificate-request.ts";
import { deepEqual } from "../../../lib/deep-equal.ts";
import { duplicate, forbiddenField, invalidValue, notSupported, required, tooLong, type FieldError } from "../../../lib/field-error.ts";
import type { CertificateSigningRequest } from "../../types/certificates-v1.generated.ts";
import { isDns1123Label, isDns1123Subdomain } from "../../values/names.ts";
import { conditionsOf } from "./conditions.ts";

const LEGACY_SIGNER = "kubernetes.io/legacy-unknown";
const USAGES = [
  "any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment", "decipher only", "digital signature",
  "email protection", "encipher only", "ipsec end system", "ipsec tunnel", "ipsec user", "key agreement", "key encipherment", "microsoft sgc", "netscape sgc",
  "ocsp signing", "s/mime", "server auth", "signing", "timestamping",
];
const SECONDS_MIN = 600;
const DOMAIN_MAX = 253;
const ONLY_TRUE = ["Approved", "Denied", "Failed"];

export function validateRequest(obj: CertificateSigningRequest, _ctx?: unknown, old?: CertificateSigningRequest): FieldError[] {
  const { request, usages = [], signerName = "", expirationSeconds } = obj.spec;
  const errors: FieldError[] = [];
  // What was accepted once stays accepted: the specification does not change.
  const fault = old ? undefined : requestFault(request ?? "");
  if (fault !== undefined) errors.push(invalidValue("spec.request", request, fault));
  if (usages.length === 0) errors.push(required("spec.usages"));
  usages.forEach((usage, i) => {
    if (!USAGES.includes(usage)) errors.push(notSupported(`spec.usages[${i}]`, usage, USAGES));
    if (usages.indexOf(usage) < i) errors.push(duplicate(`spec.usages[${i}]`, usage));
  });
  errors.push(...(signerName === LEGACY_SIGNER && !old ? [invalidValue("spec.signerName", signerName, "the legacy signerName is not allowed via this API version")] : validateSignerName(signerName, "spec.signerName")));
  if (expirationSeconds !== undefined && expirationSeconds < SECONDS_MIN) {
    errors.push(invalidValue("spec.expirationSeconds", expirationSeconds, "may not specify a duration less than 600 seconds (10 minutes)"));
  }
  return errors;
}

function requestFault(request: string): string | undefined {
  try {
    parseCertificateRequest(request);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : "not a certificate request";
  }
}

function validateSignerName(name: string, path: string): FieldError[] {
  if (name === "") return [required(path)];
  const [domain = "", rest, ...more] = name.split("/");
  if (rest === undefined || more.length > 0) return [invalidValue(path, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'")];
  const errors = domain.length > DOMAIN_MAX ? [tooLong(path, DOMAIN_MAX)] : [];
  const labels = domain.split(".");
  errors.push(...labelErrors(labels, domain, isDns1123Label, path));
  if (labels.length < 2) errors.push(invalidValue(path, domain, "should be a domain with at least two segments separated by dots"));
  return errors.concat(labelErrors(rest.split("."), rest, isDns1123Subdomain, path));
}

/** Of the first label that is wrong. */
function labelErrors(labels: readonly string[], whole: string, rule: (label: string) => string[], path: string): FieldError[] {
  const wrong = labels.find((label) => rule(label).length > 0);
  return wrong === undefined ? [] : rule(wrong).map((text) => invalidValue(path, whole, `validating label ${JSON.stringify(wrong)}: ${text}`));
}

export const validateStatus = (obj: CertificateSigningRequest, old: CertificateSigningRequest): FieldError[] =>
  validateChange(obj, old, { approval: false, certificate: true });

export const validateApproval = (obj: CertificateSigningRequest, old: CertificateSigningRequest): FieldError[] =>
  validateChange(obj, old, { approval: true, certificate: false });

function validateChange(obj: CertificateSigningRequest, old: CertificateSigningRequest, may: { approval: boolean; certificate: boolean }): FieldError[] {
  const errors = validateConditions(obj);
  for (const type of ONLY_TRUE) {
    const [now, before] = [conditionsOf(obj, type), conditionsOf(old, type)];
    const isApproval = type !== "Failed" && !may.approval;
    if (now.length < before.length) errors.push(forbiddenField("status.conditions", `updates may not remove a condition of type ${JSON.stringify(type)}`));
    else if (isApproval && now.length > before.length) errors.push(forbiddenField("status.conditions", `updates may not add a condition of type ${JSON.stringify(type)}`));
    else if (isApproval && !deepEqual(now, before)) errors.push(forbiddenField("status.conditions", `updates may not modify a condition of type ${JSON.stringify(type)}`));
  }
  return errors.concat(validateCertificate(obj.status?.certificate, old.status?.certificate, may.certificate));
}

function validateConditions({ status }: CertificateSigningRequest): FieldError[] {
  const conditions = status?.conditions ?? [];
  const errors: FieldError[] = [];
  conditions.forEach((condition, i) => {
    const path = `status.conditions[${i}]`;
    const statuses = ONLY_TRUE.includes(condition.type) ? ["True"] : ["False", "True", "Unknown"];
    if (!condition.type) errors.push(required(`${path}.type`));
    if (!condition.status) errors.push(required(`${path}.status`));
    else if (!statuses.includes(condition.status)) errors.push(notSupported(`${path}.status`, condition.status, statuses));
    const opposite = condition.type === "Approved" ? "Denied" : condition.type === "Denied" ? "Approved" : undefined;
    if (conditions.slice(0, i).some((c) => c.type === opposite)) errors.push(invalidValue("status.conditions", condition.type, "Approved and Denied conditions are mutually exclusive"));
    if (conditions.findIndex((c) => c.type === condition.type) < i) errors.push(duplicate(`${path}.type`, condition.type));
  });
  return errors;
}

function validateCertificate(certificate: string | undefined, old: string | undefined, maySet: boolean): FieldError[] {
  if ((certificate ?? "") === (old ?? "")) return [];
  if (!maySet) return [forbiddenField("status.certificate", "updates may not set certificate content")];
  if (old) return [forbiddenField("status.certificate", "updates may not modify existing certificate content")];
  const fault = certificateFault(base64ToText(certificate!));
  return fault === undefined ? [] : [invalidValue("status.certificate", "<certificate data>", fault)];
}

function certificateFault(pem: string): string | undefined {
  const blocks = [...pem.matchAll(/-----BEGIN ([^-]*)-----([^-]*)-----END \1-----/g)];
  if (blocks.length === 0) return "must contain at least one CERTIFICATE PEM block";
  for (const [text, type = "", body = ""] of blocks) {
    if (type !== "CERTIFICATE") return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(type)}`;
    if (body.includes(":")) return "no PEM block headers are permitted";
    try { new X509Certificate(text); } catch { return "x509: malformed certificate"; }
  }
  return undefined;
}
