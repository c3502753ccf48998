import { itself, type Controller } from "../../../controllers/controller.ts";
import { textToBase64 } from "../../../lib/base64.ts";
import { parseCertificateRequest } from "../../../lib/certificate-request.ts";
import type { Transaction } from "../../transaction.ts";
import type { CertificateSigningRequest } from "../../types/certificates-v1.generated.ts";
import { formatTime } from "../../values/time.ts";
import { isTrue } from "./conditions.ts";
import { certificateSigningRequest } from "./kind.ts";
import { signers } from "./usages.ts";

/** Certificates of at most a year, at least ten minutes, as upstream's signers give them. */
const SECONDS_MAX = 365 * 86_400;
const SECONDS_MIN = 600;

/** Signs approved requests for the signers of kubernetes.io with the cluster's authority, or says why not. */
export const certificateSigningController: Controller = {
  name: "csrsigning",
  watches: [itself(certificateSigningRequest)],
  reconcile(tx, name, cluster) {
    const obj = tx.get(certificateSigningRequest, undefined, name);
    const rule = obj && signers[obj.spec.signerName];
    if (!rule || obj.status?.certificate || !isTrue(obj, "Approved") || isTrue(obj, "Denied") || isTrue(obj, "Failed")) return;
    const request = parseCertificateRequest(obj.spec.request);
    const fault = rule(request, obj.spec.usages ?? []);
    if (fault !== undefined) return fail(tx, obj, fault);
    const seconds = Math.min(SECONDS_MAX, Math.max(SECONDS_MIN, obj.spec.expirationSeconds ?? SECONDS_MAX));
    const pem = cluster.signCertificate({ subject: request.subject, publicKey: request.publicKey, alternativeNames: request.alternativeNames, usages: obj.spec.usages ?? [], seconds });
    tx.update(certificateSigningRequest, undefined, name, (draft) => { draft.status = { ...draft.status, certificate: textToBase64(pem) }; }, { subresource: "status" });
  },
};

function fail(tx: Transaction, obj: CertificateSigningRequest, message: string): void {
  const condition = { type: "Failed", status: "True", reason: "SignerValidationFailure", message, lastUpdateTime: formatTime(tx.nowMs) };
  tx.update(certificateSigningRequest, undefined, obj.metadata.name!, (draft) => {
    draft.status = { ...draft.status, conditions: [...(draft.status?.conditions ?? []), condition] };
  }, { subresource: "status" });
}
