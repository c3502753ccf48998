/** networking.k8s.io/v1 IngressClass: who serves the Ingresses that name it. */
import { ageColumn, nameColumn, orNone } from "../../columns.ts";
import { immutable } from "../../field-checks.ts";
import type { Kind } from "../../kind.ts";
import type { IngressClass } from "../../types/networking-v1.generated.ts";
import { example } from "./example.ts";
import { isDefaultIngressClass } from "./is-default.ts";
import { validateIngressClass } from "./validate.ts";

const parametersText = ({ apiGroup, kind, name }: NonNullable<NonNullable<IngressClass["spec"]>["parameters"]>): string => `${kind}${apiGroup ? `.${apiGroup}` : ""}/${name}`;

export const ingressClass: Kind<IngressClass> = {
  group: "networking.k8s.io", kind: "IngressClass", resource: "ingressclasses", singular: "ingressclass",
  scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.networking.v1.IngressClass" }],
  strategy: {
    hasGeneration: true,
    defaults(obj) { if (obj.spec?.parameters) obj.spec.parameters.scope ??= "Cluster"; },
    validate: validateIngressClass,
    validateUpdate: (obj, old) => immutable("spec.controller", obj.spec?.controller, old.spec?.controller),
  },
  columns: [
    { ...nameColumn, value: (obj: IngressClass) => `${obj.metadata.name}${isDefaultIngressClass(obj) ? " (default)" : ""}` },
    { name: "Controller", type: "string", description: "Who serves the class.", value: (obj) => obj.spec?.controller ?? "" },
    { name: "Parameters", type: "string", description: "Further configuration.", value: (obj) => orNone(obj.spec?.parameters && parametersText(obj.spec.parameters)) },
    ageColumn,
  ],
  example,
};
