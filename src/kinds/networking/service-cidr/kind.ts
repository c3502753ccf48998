/** networking.k8s.io/v1 ServiceCIDR: a range from which Services get their addresses. */
import { invalidValue, required, type FieldError } from "../../../lib/field-error.ts";
import { ageColumn, nameColumn } from "../../columns.ts";
import { check } from "../../field-checks.ts";
import type { Kind } from "../../kind.ts";
import { restore, statusSubresource } from "../../status-subresource.ts";
import type { ServiceCIDR } from "../../types/networking-v1.generated.ts";
import { isCidr, parseCidr } from "../../values/ip.ts";
import { example } from "./example.ts";

export const serviceCidr: Kind<ServiceCIDR> = {
  group: "networking.k8s.io", kind: "ServiceCIDR", resource: "servicecidrs", singular: "servicecidr",
  scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.networking.v1.ServiceCIDR" }],
  strategy: {
    hasGeneration: false,
    prepareForCreate(obj) { obj.status = {}; },
    prepareForUpdate: (obj, old) => restore(obj, old, "status"),
    validate: ({ spec }) => validateCidrs(spec?.cidrs ?? [], "spec.cidrs"),
    validateUpdate: ({ spec }, { spec: was }) => validateChange(spec?.cidrs ?? [], was?.cidrs ?? [], "spec.cidrs"),
  },
  subresources: { status: statusSubresource({ keepsMetadata: true }) },
  selectableFields: { "spec.cidrs": ({ spec }) => (spec?.cidrs ?? []).join(",") },
  columns: [nameColumn, { name: "CIDRs", type: "string", description: "One for each IP family.", value: ({ spec }) => (spec?.cidrs ?? []).join(",") }, ageColumn],
  example,
};

const CIDRS_MAX = 2;

function validateCidrs(cidrs: readonly string[], path: string): FieldError[] {
  if (cidrs.length === 0) return [required(path, "at least one CIDR required")];
  if (cidrs.length > CIDRS_MAX) return [invalidValue(path, { cidrs }, "may only hold up to 2 values")];
  const errors = cidrs.flatMap((cidr, i) => check(`${path}[${i}]`, cidr, isCidr));
  const [first, second] = cidrs.map((cidr) => parseCidr(cidr)?.address.family);
  if (first !== undefined && first === second) errors.push(invalidValue(path, cidrs, "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64"));
  return errors;
}

/** A range of the other family may be added to a single one; nothing else changes. */
function validateChange(cidrs: readonly string[], old: readonly string[], path: string): FieldError[] {
  const isGrowth = old.length === 1 && cidrs.length === CIDRS_MAX;
  if (cidrs.length !== old.length && !isGrowth) return [invalidValue(path, cidrs, "field is immutable")];
  return old.flatMap((cidr, i) => (cidrs[i] === cidr ? [] : [invalidValue(`${path}[${i}]`, cidrs[i], "field is immutable")]));
}
