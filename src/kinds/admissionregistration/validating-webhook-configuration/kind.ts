/** admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration: who is asked over HTTPS about which requests, and may refuse them. */
import { ageColumn, nameColumn } from "../../columns.ts";
import type { Kind } from "../../kind.ts";
import type { ValidatingWebhookConfiguration } from "../../types/admissionregistration-v1.generated.ts";
import { defaultWebhook, validateWebhooks } from "../webhooks.ts";
import { example } from "./example.ts";

export const validatingWebhookConfiguration: Kind<ValidatingWebhookConfiguration> = {
  group: "admissionregistration.k8s.io", kind: "ValidatingWebhookConfiguration", resource: "validatingwebhookconfigurations", singular: "validatingwebhookconfiguration",
  categories: ["api-extensions"], scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.admissionregistration.v1.ValidatingWebhookConfiguration" }],
  strategy: {
    hasGeneration: true, allowUnconditionalUpdate: false,
    defaults(obj) {
      for (const hook of obj.webhooks ?? []) {
        defaultWebhook(hook);
      }
    },
    validate: (obj) => validateWebhooks(obj.webhooks),
  },
  columns: [nameColumn, { name: "Webhooks", type: "integer", description: "How many webhooks it has.", value: (obj) => obj.webhooks?.length ?? 0 }, ageColumn],
  example,
};
