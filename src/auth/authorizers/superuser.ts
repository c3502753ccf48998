import { NO_OPINION, type Authorizer } from "./authorizer.ts";

/** Members of system:masters may do everything, also when the RBAC objects are gone. */
export const superuser: Authorizer = {
  name: "superuser",
  authorize: (_reader, user) => (user.groups.includes("system:masters") ? { allowed: true } : NO_OPINION),
};
