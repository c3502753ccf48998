/** admissionregistration.k8s.io/v1 MutatingWebhookConfiguration: who is asked over HTTPS about which requests, and may change them. */
import { ageColumn, nameColumn } from "../../columns.ts";
import type { Kind } from "../../kind.ts";
import type { MutatingWebhookConfiguration } from "../../types/admissionregistration-v1.generated.ts";
import { defaultWebhook, validateWebhooks } from "../webhooks.ts";
import { example } from "./example.ts";

export const mutatingWebhookConfiguration: Kind<MutatingWebhookConfiguration> = {
  group: "admissionregistration.k8s.io", kind: "MutatingWebhookConfiguration", resource: "mutatingwebhookconfigurations", singular: "mutatingwebhookconfiguration",
  categories: ["api-extensions"], scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.admissionregistration.v1.MutatingWebhookConfiguration" }],
  strategy: {
    hasGeneration: true, allowUnconditionalUpdate: false,
    defaults(obj) {
      for (const hook of obj.webhooks ?? []) {
        defaultWebhook(hook);
        hook.reinvocationPolicy ??= "Never";
      }
    },
    validate: (obj) => validateWebhooks(obj.webhooks),
  },
  columns: [nameColumn, { name: "Webhooks", type: "integer", description: "How many webhooks it has.", value: (obj) => obj.webhooks?.length ?? 0 }, ageColumn],
  example,
};
