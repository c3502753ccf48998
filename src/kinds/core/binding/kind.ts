/** core/v1 Binding: the old door to what `pods/binding` does. It names its pod itself, and is not stored. */
import type { Kind } from "../../kind.ts";
import type { Binding } from "../../types/core-v1.generated.ts";
import { bindPod } from "./bind-pod.ts";
import { example } from "./example.ts";

export const binding: Kind<Binding> = {
  group: "", kind: "Binding", resource: "bindings", singular: "binding",
  scope: "Namespaced",
  versions: [{ version: "v1", type: "io.k8s.api.core.v1.Binding" }],
  verbs: ["create"],
  evaluate: bindPod,
  example,
};
