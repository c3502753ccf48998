import type { ClusterRole } from "../types.ts";

export const example = (): ClusterRole => ({
  apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: "example" },
  rules: [{ apiGroups: [""], resources: ["nodes"], verbs: ["get"] }],
});
