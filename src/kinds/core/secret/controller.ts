import { textToBase64 } from "../../../lib/base64.ts";
import type { ClusterFacts } from "../../kind.ts";
import { objectKey, splitKey, type Controller } from "../../../controllers/controller.ts";
import type { Secret, ServiceAccount } from "../../types/core-v1.generated.ts";
import { serviceAccount } from "../service-account/kind.ts";
import { serviceAccountClaims } from "../service-account/claims.ts";
import { secret } from "./kind.ts";
import { SERVICE_ACCOUNT_NAME, SERVICE_ACCOUNT_TOKEN, SERVICE_ACCOUNT_UID } from "./types.ts";

/**
 * Fills Secrets of type kubernetes.io/service-account-token, and deletes them with their service account. The token is
 * bound to the Secret: deleting the Secret revokes it.
 */
export const tokensController: Controller = {
  name: "tokens-controller",
  watches: [
    { kind: secret, keys: ({ object }) => (isTokenSecret(object) ? [objectKey(object)] : []) },
    {
      kind: serviceAccount,
      keys: ({ object }, reader) => reader.list(secret, { namespace: object.metadata.namespace, field: { path: "serviceAccount", value: object.metadata.name! } }).map(objectKey),
    },
  ],
  reconcile(tx, key, cluster) {
    const { namespace, name } = splitKey(key);
    const found = tx.get(secret, namespace, name);
    if (!found || !isTokenSecret(found) || found.metadata.deletionTimestamp) return;
    const account = tx.get(serviceAccount, namespace, found.metadata.annotations![SERVICE_ACCOUNT_NAME]!);
    const uid = found.metadata.annotations?.[SERVICE_ACCOUNT_UID];
    if (!account || (uid && uid !== account.metadata.uid)) {
      tx.delete(secret, namespace, name, { preconditions: { uid: found.metadata.uid } });
      return;
    }
    if (!isFilled(found, cluster)) tx.update(secret, namespace, name, (draft) => fill(draft, account, cluster, { nowMs: tx.nowMs, id: tx.uuid() }));
  },
};

const isTokenSecret = (obj: Secret): boolean => obj.type === SERVICE_ACCOUNT_TOKEN && !!obj.metadata.annotations?.[SERVICE_ACCOUNT_NAME];

/** Upstream's do not expire. */
const TOKEN_DAYS = 3650;

function isFilled(obj: Secret, cluster: ClusterFacts): boolean {
  return obj.metadata.annotations?.[SERVICE_ACCOUNT_UID] !== undefined && !!obj.data?.token && !!obj.data.namespace
    && obj.data["ca.crt"] === textToBase64(cluster.caCertificatePem);
}

function fill(draft: Secret, account: ServiceAccount, cluster: ClusterFacts, token: { nowMs: number; id: string }): void {
  draft.metadata.annotations = { ...draft.metadata.annotations, [SERVICE_ACCOUNT_UID]: account.metadata.uid! };
  const claims = serviceAccountClaims({
    account, secret: draft, issuer: cluster.issuer, audiences: [cluster.issuer], nowMs: token.nowMs, id: token.id, seconds: TOKEN_DAYS * 86_400,
  });
  draft.data = {
    ...draft.data,
    "ca.crt": textToBase64(cluster.caCertificatePem),
    namespace: textToBase64(draft.metadata.namespace!),
    token: draft.data?.token || textToBase64(cluster.signToken(claims)),
  };
}
