/**
 * certificates.k8s.io/v1 CertificateSigningRequest: somebody asks a signer for a certificate; somebody else approves or
 * denies through `approval`, and the signer answers through `status`. The controller is the signer of kubernetes.io names.
 */
import { restore, restoreAllBut } from "../../status-subresource.ts";
import type { Kind } from "../../kind.ts";
import type { CertificateSigningRequest } from "../../types/certificates-v1.generated.ts";
import { isPathSegmentName } from "../../values/names.ts";
import { columns } from "./columns.ts";
import { fillInTimes, keepApproval } from "./conditions.ts";
import { example } from "./example.ts";
import { validateApproval, validateRequest, validateStatus } from "./validate.ts";

export const certificateSigningRequest: Kind<CertificateSigningRequest> = {
  group: "certificates.k8s.io", kind: "CertificateSigningRequest", resource: "certificatesigningrequests", singular: "certificatesigningrequest", shortNames: ["csr"],
  scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.certificates.v1.CertificateSigningRequest" }],
  strategy: {
    hasGeneration: false,
    validateName: isPathSegmentName,
    prepareForCreate(obj, { user }) {
      const { request, signerName, expirationSeconds, usages } = obj.spec;
      obj.spec = {
        request, signerName, ...(expirationSeconds !== undefined && { expirationSeconds }), ...(usages && { usages }),
        username: user.username, ...(user.uid && { uid: user.uid }), groups: [...user.groups],
        ...(user.extra && Object.keys(user.extra).length > 0 && { extra: Object.fromEntries(Object.entries(user.extra).map(([key, values]) => [key, [...values]])) }),
      };
      obj.status = {};
    },
    prepareForUpdate(obj, old) {
      restore(obj, old, "spec");
      restore(obj, old, "status");
    },
    validate: validateRequest,
  },
  subresources: {
    status: {
      type: "view", verbs: ["get", "update", "patch"],
      prepareForUpdate(obj, old, { nowMs }) {
        restoreAllBut(obj, old, "status");
        keepApproval(obj, old);
        fillInTimes(obj, old, nowMs);
      },
      validateUpdate: validateStatus,
    },
    approval: {
      type: "view", verbs: ["get", "update", "patch"],
      prepareForUpdate(obj, old, { nowMs }) {
        fillInTimes(obj, old, nowMs);
        const conditions = obj.status?.conditions;
        restoreAllBut(obj, old, "status");
        obj.status = { ...old.status, ...(conditions && { conditions }) };
      },
      validateUpdate: validateApproval,
    },
  },
  columns,
  selectableFields: { "spec.signerName": (obj) => obj.spec.signerName },
  example,
};
