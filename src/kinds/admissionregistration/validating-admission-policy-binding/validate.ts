import { duplicate, invalidValue, notSupported, Path, required, type FieldError } from "../../../lib/field-error.ts";
import type { ValidatingAdmissionPolicyBinding } from "../../types/admissionregistration-v1.generated.ts";
import { validateMatchResources, validateParamRef, validatePolicyName } from "../policy/match-resources.ts";

const known = ["Audit", "Deny", "Warn"];

export function validateValidatingAdmissionPolicyBinding(binding: ValidatingAdmissionPolicyBinding): FieldError[] {
  const at = Path.of("spec");
  const spec = binding.spec ?? { policyName: "", validationActions: [] };
  return [
    ...validatePolicyName(spec.policyName, at.child("policyName")), ...validateParamRef(spec.paramRef, at.child("paramRef")),
    ...validateMatchResources(spec.matchResources, at.child("matchResources")), ...validateActions(spec.validationActions ?? [], at.child("validationActions")),
  ];
}

function validateActions(actions: readonly string[], at: Path): FieldError[] {
  const errors: FieldError[] = [];
  actions.forEach((action, i) => {
    if (!known.includes(action)) errors.push(notSupported(at.index(i), action, known));
    if (actions.indexOf(action) < i) errors.push(duplicate(at.index(i), action));
  });
  if (actions.includes("Deny") && actions.includes("Warn")) {
    errors.push(invalidValue(at, actions, "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)"));
  }
  return actions.length > 0 ? errors : [required(at, "at least one validation action is required")];
}
