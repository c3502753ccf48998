import type { FlowSchema } from "../../types/flowcontrol-v1.generated.ts";

export const example = (): FlowSchema => ({
  apiVersion: "flowcontrol.apiserver.k8s.io/v1", kind: "FlowSchema", metadata: { name: "example" },
  spec: {
    priorityLevelConfiguration: { name: "example" },
    rules: [{ subjects: [{ kind: "User", user: { name: "jane" } }], resourceRules: [{ verbs: ["get"], apiGroups: [""], resources: ["pods"], namespaces: ["*"] }] }],
  },
});
