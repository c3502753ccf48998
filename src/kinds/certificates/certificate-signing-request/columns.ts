import { ageColumn, nameColumn, orNone } from "../../columns.ts";
import type { Column } from "../../kind.ts";
import type { CertificateSigningRequest } from "../../types/certificates-v1.generated.ts";
import { humanDuration } from "../../values/duration.ts";
import { conditionsOf } from "./conditions.ts";

function conditionText(obj: CertificateSigningRequest): string {
  const decision = conditionsOf(obj, "Denied").length > 0 ? "Denied" : conditionsOf(obj, "Approved").length > 0 ? "Approved" : "Pending";
  return `${decision}${conditionsOf(obj, "Failed").length > 0 ? ",Failed" : ""}${obj.status?.certificate ? ",Issued" : ""}`;
}

export const columns: readonly Column<CertificateSigningRequest>[] = [
  nameColumn,
  ageColumn,
  { name: "SignerName", type: "string", description: "Who is asked to sign.", value: (obj) => orNone(obj.spec.signerName) },
  { name: "Requestor", type: "string", description: "Who asks.", value: (obj) => obj.spec.username ?? "" },
  { name: "RequestedDuration", type: "string", description: "How long the certificate shall be valid.", value: (obj) => (obj.spec.expirationSeconds === undefined ? "<none>" : humanDuration(obj.spec.expirationSeconds * 1000)) },
  { name: "Condition", type: "string", description: "Pending, Approved, Denied, with Failed or Issued.", value: conditionText },
];
