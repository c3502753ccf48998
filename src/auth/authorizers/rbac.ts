import { rulesOf } from "../../kinds/rbac/resolve.ts";
import { ruleAllows } from "../../kinds/rbac/rule.ts";
import { NO_OPINION, refuse, type Authorizer } from "./authorizer.ts";

export const rbac: Authorizer = {
  name: "RBAC",
  authorize(reader, user, attributes) {
    const held = rulesOf(reader, user, attributes.path === undefined ? attributes.namespace : undefined);
    for (const { rule, source } of held.rules) {
      if (ruleAllows(rule, attributes)) return { allowed: true, reason: `RBAC: allowed by ${source}` };
    }
    if (held.errors.length === 0) return NO_OPINION;
    const errors = [...new Set(held.errors)];
    return refuse(`RBAC: ${errors.length === 1 ? errors[0] : `[${errors.join(", ")}]`}`);
  },
};
