/** core/v1 Secret: as a ConfigMap, in base64, with types that demand certain keys; `immutable` freezes it for good. */
import type { Kind } from "../../kind.ts";
import type { Secret } from "../../types/core-v1.generated.ts";
import { columns } from "./columns.ts";
import { defaultSecret } from "./defaults.ts";
import { example } from "./example.ts";
import { SERVICE_ACCOUNT_NAME, SERVICE_ACCOUNT_TOKEN } from "./types.ts";
import { secretWarnings, validateSecret, validateSecretUpdate } from "./validate.ts";

export const secret: Kind<Secret> = {
  group: "", kind: "Secret", resource: "secrets", singular: "secret",
  scope: "Namespaced",
  versions: [{ version: "v1", type: "io.k8s.api.core.v1.Secret" }],
  strategy: {
    hasGeneration: false,
    defaults: defaultSecret,
    validate: validateSecret,
    validateUpdate: validateSecretUpdate,
    warnings: secretWarnings,
  },
  selectableFields: { type: (obj) => obj.type ?? "" },
  indexes: {
    /** Token Secrets by the service account that they are for. */
    serviceAccount: (obj) => (obj.type === SERVICE_ACCOUNT_TOKEN ? obj.metadata.annotations?.[SERVICE_ACCOUNT_NAME] : undefined),
  },
  columns,
  example,
};
