import type { Column } from "../../kind.ts";
import type { ParamKind, ParamRef } from "../../types/admissionregistration-v1.generated.ts";

export const paramKindColumn: Column = {
  name: "ParamKind", type: "string", description: "The kind of its parameters.",
  value: ({ spec }: { spec?: { paramKind?: ParamKind } }) => (spec?.paramKind ? `${spec.paramKind.apiVersion}/${spec.paramKind.kind}` : "<unset>"),
};
export const policyNameColumn: Column = {
  name: "PolicyName", type: "string", description: "The policy that it puts into force.", value: ({ spec }: { spec?: { policyName?: string } }) => spec?.policyName ?? "",
};
export const paramRefColumn: Column = { name: "ParamRef", type: "string", description: "The parameters that it gives.", value: ({ spec }: { spec?: { paramRef?: ParamRef } }) => refText(spec?.paramRef) };

function refText(ref: ParamRef | undefined): string {
  if (!ref) return "<unset>";
  if (ref.name) return ref.namespace ? `${ref.namespace}/${ref.name}` : `*/${ref.name}`;
  return ref.selector ? JSON.stringify(ref.selector) : "<unset>";
}
