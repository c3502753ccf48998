import { certificateSigningRequest } from "../../kinds/certificates/certificate-signing-request/kind.ts";
import type { CertificateSigningRequest } from "../../kinds/types/certificates-v1.generated.ts";
import { parseCertificateRequest } from "../../lib/certificate-request.ts";
import { forbidden } from "../../lib/errors.ts";
import type { AdmissionPlugin } from "../plugin.ts";

const CLIENT_SIGNER = "kubernetes.io/kube-apiserver-client";

/** Nobody gets a client certificate of the group that may do everything. */
export const certificateSubjectRestriction: AdmissionPlugin = {
  name: "CertificateSubjectRestriction",
  handles: ({ operation, kind, subresource }) => operation === "CREATE" && kind === certificateSigningRequest && subresource === undefined,
  validate({ object, kind }) {
    const { spec, metadata } = object as CertificateSigningRequest;
    if (spec.signerName !== CLIENT_SIGNER || !parseCertificateRequest(spec.request).organizations.includes("system:masters")) return;
    throw forbidden({ group: kind.group, resource: kind.resource, name: metadata.name }, `use of ${CLIENT_SIGNER} signer with system:masters group is not allowed`);
  },
};
