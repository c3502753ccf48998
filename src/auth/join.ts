import type { Authenticated } from "../api/request.ts";
import type { ClusterFacts } from "../kinds/kind.ts";
import type { KubeObject } from "../kinds/object.ts";
import type { Reader } from "../kinds/transaction.ts";
import { formatTime } from "../kinds/values/time.ts";
import { isDns1123Subdomain } from "../kinds/values/names.ts";
import { badRequest, conflict, forbidden, unauthorized } from "../lib/errors.ts";
import { nodeNameOf } from "./authorizers/node.ts";
import { serviceIp } from "./bootstrap.ts";
import { issueCertificate } from "./certificates.ts";
import { identityClaims } from "./identity-tokens.ts";
import { verifyJoinToken } from "./join-tokens.ts";
import { signToken, type ClusterKeys } from "./keys.ts";

/**
 * A machine becomes a node. With a join token (or as an administrator) an agent asks for a name and gets a node identity;
 * with a node identity it renews its own. The name of a node whose agent is connected is not given away. The certificate
 * lets the agent answer for kubernetes.default.svc on its machine.
 *
 * The Cluster calls it inside a transaction, for `POST /isopod/v1/join` and `POST /isopod/v1/renew` alike, with the
 * request's JSON as `body` and the user as authenticated by the Worker (what join tokens claim is verified here). It
 * throws ApiError; otherwise the answer is a 200 with the result as JSON.
 */
export interface JoinRequest {
  /** Wanted name; default: the host name in lower case. */
  nodeName?: string;
  hostname?: string;
  /** SubjectPublicKeyInfo in PEM (ECDSA or RSA), of the key for the serving certificate. */
  publicKeyPem: string;
}

export interface JoinResult {
  nodeName: string;
  /** Bearer token of `system:node:NAME`, to be renewed when half of its time is over. */
  token: string;
  expirationTimestamp: string;
  /** PEM of the cluster's own authority: the content of the ConfigMap kube-root-ca.crt. */
  caCertificate: string;
  servingCertificate: string;
  cluster: { id: string; domain: string; serviceCidr: string; podCidr: string; dnsIp: string; kubernetesIp: string; nodePortRange: readonly [number, number]; issuer: string };
}

export interface JoinContext { reader: Reader; keys: ClusterKeys; cluster: ClusterFacts; nowMs: number; uuid(): string }

const TOKEN_DAYS = 365;

export function join(ctx: JoinContext, user: Authenticated, body: string): JoinResult {
  const request = parseRequest(body);
  const nodeName = permittedName(ctx, user, request);
  const { cluster, keys, nowMs } = ctx;
  const kubernetesIp = serviceIp(cluster.serviceCidrs[0], 1);
  const claims = identityClaims({
    type: "node", username: `system:node:${nodeName}`, groups: ["system:nodes"], issuer: cluster.issuer, days: TOKEN_DAYS, nowMs, id: ctx.uuid(),
  });
  return {
    nodeName,
    token: signToken(keys, claims),
    expirationTimestamp: formatTime(nowMs + TOKEN_DAYS * 86_400_000),
    caCertificate: keys.ca.certificatePem,
    servingCertificate: issueCertificate(keys.ca, {
      commonName: "kubernetes", publicKeyPem: request.publicKeyPem, days: TOKEN_DAYS, usages: ["server"],
      dnsNames: ["kubernetes", "kubernetes.default", "kubernetes.default.svc", `kubernetes.default.svc.${cluster.domain}`, "localhost"],
      ips: [kubernetesIp, "127.0.0.1"],
    }, nowMs),
    cluster: {
      id: cluster.id, domain: cluster.domain, serviceCidr: cluster.serviceCidrs[0], podCidr: cluster.podCidr,
      dnsIp: serviceIp(cluster.serviceCidrs[0], 10), kubernetesIp, nodePortRange: cluster.nodePortRange, issuer: cluster.issuer,
    },
  };
}

const REQUEST_LENGTH_MAX = 16_384;

function parseRequest(body: string): JoinRequest {
  if (body.length > REQUEST_LENGTH_MAX) throw badRequest("the join request is too large");
  let value: unknown;
  try { value = JSON.parse(body); } catch { throw badRequest("the join request is not JSON"); }
  if (typeof value !== "object" || value === null) throw badRequest("the join request must be an object");
  const { nodeName, hostname, publicKeyPem } = value as Record<string, unknown>;
  for (const [field, text] of Object.entries({ nodeName, hostname })) {
    if (text !== undefined && typeof text !== "string") throw badRequest(`${field} must be a string`);
  }
  if (typeof publicKeyPem !== "string") throw badRequest("publicKeyPem is required");
  return { nodeName: nodeName as string | undefined, hostname: hostname as string | undefined, publicKeyPem };
}

function permittedName(ctx: JoinContext, user: Authenticated, request: JoinRequest): string {
  const own = nodeNameOf(user);
  const name = request.nodeName ?? (own || request.hostname?.toLowerCase());
  if (!name) throw badRequest("nodeName or hostname is required");
  const errors = isDns1123Subdomain(name);
  if (errors.length > 0) throw badRequest(`invalid node name ${JSON.stringify(name)}: ${errors.join(", ")}`);
  if (own !== undefined) {
    if (own !== name) throw forbidden(subject(name), `node ${JSON.stringify(own)} can only renew its own identity`);
    return name;
  }
  if (user.bound?.joinToken) {
    if (!verifyJoinToken(ctx.reader, user.bound.joinToken)) throw unauthorized();
  } else if (!user.groups.includes("system:masters")) {
    throw forbidden(subject(name), `User ${JSON.stringify(user.username)} cannot join nodes: a join token is needed`);
  }
  if (isConnected(ctx, name)) throw conflict(subject(name), "a node of this name is connected");
  return name;
}

const subject = (name: string) => ({ group: "", resource: "nodes", kind: "Node", name });

function isConnected({ reader, cluster }: JoinContext, name: string): boolean {
  const kind = reader.kindFor("", "nodes");
  return kind !== undefined && reader.get<KubeObject>(kind, undefined, name) !== undefined && cluster.nodeHeartbeatMs(name) !== undefined;
}
