import { KUBERNETES_CLAIM, serviceAccountUsername } from "../../authentication/claims.ts";
import type { KubeObject } from "../../object.ts";
import type { ServiceAccount } from "../../types/core-v1.generated.ts";

/** Claims of a service account's token; authentication/claims.ts reads them. It is bound to a pod, a secret or a node, if any. */
export function serviceAccountClaims(token: {
  account: ServiceAccount;
  pod?: KubeObject;
  secret?: KubeObject;
  node?: { metadata: { name?: string; uid?: string } };
  issuer: string;
  audiences: readonly string[];
  nowMs: number;
  id: string;
  seconds: number;
  /** Seconds after which its use is to be warned of. */
  warnAfterSeconds?: number;
}): Record<string, unknown> {
  const { account, pod, secret, node } = token;
  const { namespace, name } = account.metadata;
  const now = Math.floor(token.nowMs / 1000);
  return {
    aud: token.audiences, exp: now + token.seconds, iat: now, iss: token.issuer, jti: token.id,
    [KUBERNETES_CLAIM]: {
      namespace, serviceaccount: reference(account),
      ...(pod && { pod: reference(pod) }), ...(secret && { secret: reference(secret) }), ...(node && { node: reference(node) }),
      ...(token.warnAfterSeconds !== undefined && { warnafter: now + token.warnAfterSeconds }),
    },
    nbf: now, sub: serviceAccountUsername(namespace!, name!),
  };
}

const reference = ({ metadata: { name, uid } }: { metadata: { name?: string; uid?: string } }) => ({ name, uid });
