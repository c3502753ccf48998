import type { Controller } from "../../../controllers/controller.ts";
import { deepEqual } from "../../../lib/deep-equal.ts";
import type { ClusterRole } from "../types.ts";
import { aggregateRules, selects } from "./aggregate.ts";
import { clusterRole } from "./kind.ts";

/** Keeps the rules of aggregated ClusterRoles equal to those of the roles that they select. */
export const clusterRoleAggregationController: Controller = {
  name: "clusterrole-aggregation-controller",
  watches: [{
    kind: clusterRole,
    keys: ({ object, previous }, reader) => {
      const concerned = (role: ClusterRole) => role.metadata.name === object.metadata.name
        || selects(role, object) || (previous !== undefined && selects(role, previous));
      return reader.list(clusterRole, { field: { path: "aggregates", value: "true" } }).filter(concerned).map((role) => role.metadata.name!);
    },
  }],
  reconcile(tx, key) {
    const role = tx.get(clusterRole, undefined, key);
    if (!role?.aggregationRule) return;
    const rules = aggregateRules(role, tx.list(clusterRole));
    if (!deepEqual(rules, role.rules ?? [])) tx.update(clusterRole, undefined, key, (draft) => { draft.rules = structuredClone(rules); });
  },
};
