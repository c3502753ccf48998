import { parseJoinToken } from "../join-tokens.ts";
import type { Authenticator } from "./authenticator.ts";

/** Join tokens are Secrets of the cluster, so the Cluster verifies them (`checkBound`); until then the user has no groups. */
export const joinToken: Authenticator = {
  name: "join-token",
  async authenticate(token) {
    const parsed = parseJoinToken(token);
    if (!parsed) return undefined;
    return { username: `system:bootstrap:${parsed.id}`, groups: [], bound: { joinToken: parsed }, authenticator: "bootstrap" };
  },
};
