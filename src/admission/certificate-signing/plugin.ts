import { certificateSigningRequest } from "../../kinds/certificates/certificate-signing-request/kind.ts";
import { sameValue } from "../../kinds/field-checks.ts";
import type { CertificateSigningRequest } from "../../kinds/types/certificates-v1.generated.ts";
import { forbidden } from "../../lib/errors.ts";
import type { AdmissionPlugin } from "../plugin.ts";
import { isAuthorizedForSigner } from "../signer-permission.ts";

/** Who writes a certificate or a condition into the status needs permission for the signer too. */
export const certificateSigning: AdmissionPlugin = {
  name: "CertificateSigning",
  handles: ({ operation, kind, subresource }) => operation === "UPDATE" && kind === certificateSigningRequest && subresource === "status",
  validate({ object, old, kind, name }, ctx) {
    const [now, before] = [(object as CertificateSigningRequest).status, (old as CertificateSigningRequest).status];
    if (now?.certificate === before?.certificate && sameValue(now?.conditions, before?.conditions)) return;
    const { signerName } = (old as CertificateSigningRequest).spec;
    if (isAuthorizedForSigner(ctx, "sign", signerName)) return;
    throw forbidden({ group: kind.group, resource: kind.resource, name }, `user not permitted to sign requests with signerName ${JSON.stringify(signerName)}`);
  },
};
