import { invalidValue, Path, required, type FieldError } from "../../lib/field-error.ts";
import type { AuthorizationAttributes } from "../kind.ts";
import type { FieldSelectorAttributes, NonResourceAttributes, ResourceAttributes } from "../types/authorization-v1.generated.ts";

/** What the access reviews ask about. */
export interface Question { resourceAttributes?: ResourceAttributes; nonResourceAttributes?: NonResourceAttributes }

const SPEC = Path.of("spec");

export function validateQuestion({ resourceAttributes, nonResourceAttributes }: Question): FieldError[] {
  const errors: FieldError[] = [];
  if (resourceAttributes && nonResourceAttributes) {
    errors.push(invalidValue(SPEC.child("nonResourceAttributes"), nonResourceAttributes, "cannot be specified in combination with resourceAttributes"));
  }
  if (!resourceAttributes && !nonResourceAttributes) {
    errors.push(invalidValue(SPEC.child("resourceAttributes"), null, "exactly one of nonResourceAttributes or resourceAttributes must be specified"));
  }
  for (const field of ["fieldSelector", "labelSelector"] as const) {
    const selector = resourceAttributes?.[field];
    if (selector) errors.push(...validateSelector(selector, SPEC.child("resourceAttributes", field)));
  }
  return errors;
}

function validateSelector({ rawSelector, requirements }: { rawSelector?: string; requirements?: readonly unknown[] }, path: Path): FieldError[] {
  if (rawSelector && requirements?.length) return [invalidValue(path.child("rawSelector"), rawSelector, "may not specified at the same time as requirements")];
  if (!rawSelector && !requirements?.length) return [required(path.child("requirements"), `when ${path} is specified, requirements or rawSelector is required`)];
  return [];
}

export function attributesOf({ resourceAttributes: of, nonResourceAttributes }: Question): AuthorizationAttributes {
  if (!of) return { verb: nonResourceAttributes?.verb ?? "", path: nonResourceAttributes?.path ?? "" };
  const fieldSelector = of.fieldSelector && selectorText(of.fieldSelector);
  return {
    verb: of.verb ?? "", group: of.group ?? "", version: of.version || "*", resource: of.resource ?? "",
    ...(of.subresource && { subresource: of.subresource }), ...(of.namespace && { namespace: of.namespace }),
    ...(of.name && { name: of.name }), ...(fieldSelector && { fieldSelector }),
  };
}

/** Only equalities narrow what is asked: what else a selector says is left out, which can only refuse more. */
function selectorText({ rawSelector, requirements = [] }: FieldSelectorAttributes): string {
  if (rawSelector) return rawSelector;
  const escape = (value: string) => value.replace(/[\\,=]/g, "\\$&");
  return requirements.filter(({ operator, values }) => operator === "In" && values?.length === 1)
    .map(({ key, values }) => `${key}=${escape(values![0]!)}`).join(",");
}
