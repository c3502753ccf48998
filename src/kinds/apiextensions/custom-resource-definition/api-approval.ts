import { invalidValue, Path, required, type FieldError } from "../../../lib/field-error.ts";
import type { CustomResourceDefinition } from "../../types/apiextensions-v1.generated.ts";

/** Kubernetes' own domains are for what its maintainers approved, and what says that it is not. */
const annotation = "api-approved.kubernetes.io";
const at = Path.of("metadata", "annotations").key(annotation);
const see = "see https://github.com/kubernetes/enhancements/pull/1111";

type State = "Missing" | "Bypassed" | "Approved" | "Invalid";

function approvalOf({ metadata }: CustomResourceDefinition): { state: State; reason: string } {
  const value = metadata.annotations?.[annotation] ?? "";
  if (value === "") return { state: "Missing", reason: `protected groups must have approval annotation "${annotation}", ${see}` };
  if (value.startsWith("unapproved")) return { state: "Bypassed", reason: `not approved: ${JSON.stringify(value)}` };
  if (URL.canParse(value) && new URL(value).host !== "") return { state: "Approved", reason: `approved in ${value}` };
  return { state: "Invalid", reason: `protected groups must have approval annotation "${annotation}" with either a URL or a reason starting with "unapproved", ${see}` };
}

const isProtected = ({ spec: { group } }: CustomResourceDefinition): boolean => /(^|\.)(k8s|kubernetes)\.io$/.test(group ?? "");

/** What was let through once stays. */
export function validateApproval(crd: CustomResourceDefinition, old?: CustomResourceDefinition): FieldError[] {
  if (!isProtected(crd)) return [];
  const { state, reason } = approvalOf(crd);
  if (old && approvalOf(old).state === state) return [];
  if (state === "Missing") return [required(at, reason)];
  return state === "Invalid" ? [invalidValue(at, crd.metadata.annotations?.[annotation], reason)] : [];
}

const conditionReasons: Record<State, string> = { Missing: "MissingAnnotation", Bypassed: "UnapprovedAnnotation", Approved: "ApprovedAnnotation", Invalid: "InvalidAnnotation" };

/** The condition KubernetesAPIApprovalPolicyConformant of definitions in those domains. */
export function approvalCondition(crd: CustomResourceDefinition): { type: string; status: string; reason: string; message: string } | undefined {
  if (!isProtected(crd)) return undefined;
  const { state, reason } = approvalOf(crd);
  return { type: "KubernetesAPIApprovalPolicyConformant", status: state === "Approved" ? "True" : "False", reason: conditionReasons[state], message: reason };
}
