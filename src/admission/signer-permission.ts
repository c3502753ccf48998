import type { WriteContext } from "../kinds/kind.ts";

/** May the user do this for the signer, by its name or by its whole domain (`example.com/*`)? */
export function isAuthorizedForSigner(ctx: WriteContext, verb: "approve" | "sign" | "attest", signerName: string): boolean {
  const names = [signerName, `${signerName.split("/")[0]}/*`];
  return names.some((name) => ctx.authorize({ verb, group: "certificates.k8s.io", version: "*", resource: "signers", name }).allowed);
}
