import { certificateSigningRequest } from "../../kinds/certificates/certificate-signing-request/kind.ts";
import type { CertificateSigningRequest } from "../../kinds/types/certificates-v1.generated.ts";
import { forbidden } from "../../lib/errors.ts";
import type { AdmissionPlugin } from "../plugin.ts";
import { isAuthorizedForSigner } from "../signer-permission.ts";

/** Who approves a certificate request needs permission for its signer too. */
export const certificateApproval: AdmissionPlugin = {
  name: "CertificateApproval",
  handles: ({ operation, kind, subresource }) => operation === "UPDATE" && kind === certificateSigningRequest && subresource === "approval",
  validate({ old, kind, name }, ctx) {
    const { signerName } = (old as CertificateSigningRequest).spec;
    if (isAuthorizedForSigner(ctx, "approve", signerName)) return;
    throw forbidden({ group: kind.group, resource: kind.resource, name }, `user not permitted to approve requests with signerName ${JSON.stringify(signerName)}`);
  },
};
