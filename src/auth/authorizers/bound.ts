import type { Authenticated } from "../../api/request.ts";
import { isAlive } from "../../kinds/authentication/bound.ts";
import type { AuthorizationAttributes } from "../../kinds/kind.ts";
import type { Reader } from "../../kinds/transaction.ts";
import { unauthorized } from "../../lib/errors.ts";
import { impersonated } from "../impersonation.ts";
import { verifyJoinToken } from "../join-tokens.ts";

/**
 * The part of authentication that needs the cluster's state: a token's service account, pod, secret or node must still
 * exist, a join token must be one of the cluster's Secrets, and impersonation must be permitted. To be called before
 * `authorize`, in the same transaction; the user that it returns is the one to authorize. `attributes`: what is asked, to
 * which an impersonation may be constrained. Throws 401 and 403.
 */
export function checkBound(reader: Reader, user: Authenticated, attributes?: AuthorizationAttributes): Authenticated {
  const verified = verify(reader, user);
  return user.impersonate ? impersonated(reader, verified, user.impersonate, attributes) : verified;
}

function verify(reader: Reader, user: Authenticated): Authenticated {
  const { bound } = user;
  if (!bound) return user;
  if (bound.joinToken) {
    const groups = verifyJoinToken(reader, bound.joinToken);
    if (!groups) throw unauthorized();
    return { ...user, groups };
  }
  if (!isAlive(reader, bound)) throw unauthorized();
  return user;
}
