import type { Role } from "../types.ts";

export const example = (): Role => ({
  apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata: { name: "example" },
  rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
});
