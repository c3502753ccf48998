/** meta/v1 LabelSelector, parsed: every requirement must hold. */
export type LabelSelector = readonly LabelRequirement[];
export interface LabelRequirement {
  key: string;
  operator: "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt";
  values: readonly string[];
}
