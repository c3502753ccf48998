import type { CustomResourceDefinition } from "../../types/apiextensions-v1.generated.ts";

export function defaultCustomResourceDefinition(obj: CustomResourceDefinition): void {
  const spec = obj.spec;
  if (!spec) return;
  const names = spec.names;
  if (names?.kind) {
    names.singular ||= names.kind.toLowerCase();
    names.listKind ||= `${names.kind}List`;
  }
  spec.conversion ??= { strategy: "None" };
  const service = spec.conversion.webhook?.clientConfig?.service;
  if (service) service.port ??= 443;
}
