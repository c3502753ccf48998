/** What went wrong with a connection, in the words of Go's net and crypto packages, by which people search for it. */
const unknownAuthority = "x509: certificate signed by unknown authority";
const outOfTime = "x509: certificate has expired or is not yet valid";

const CONNECT: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused", EHOSTUNREACH: "connect: no route to host", ENETUNREACH: "connect: network is unreachable",
  ETIMEDOUT: "i/o timeout", ENOTFOUND: "lookup: no such host", EAI_AGAIN: "lookup: temporary failure in name resolution",
};
const VERIFY: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority, UNABLE_TO_GET_ISSUER_CERT: unknownAuthority, UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority, DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority, CERT_SIGNATURE_FAILURE: unknownAuthority,
  CERT_HAS_EXPIRED: outOfTime, CERT_NOT_YET_VALID: outOfTime,
};

export function dialErrorText(error: NodeJS.ErrnoException, address: string): string {
  const code = error.code ?? "";
  if (CONNECT[code]) return `dial tcp ${address}: ${CONNECT[code]}`;
  if (VERIFY[code]) return `tls: failed to verify certificate: ${VERIFY[code]}`;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return `tls: failed to verify certificate: x509: ${error.message}`;
  return `dial tcp ${address}: ${error.message}`;
}
