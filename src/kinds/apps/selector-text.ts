import type { LabelSelector } from "../types/meta-v1.generated.ts";
import { formatLabelSelector, labelSelectorOf } from "../values/label-selector.ts";

/** As Scale gives it to autoscalers: empty selects everything. */
export function serializedSelector(selector: LabelSelector | undefined): string {
  const text = selectorText(selector);
  return text === "<none>" ? "" : text;
}

/** As tables show it. */
export function selectorText(selector: LabelSelector | undefined): string {
  if (!selector) return "<none>";
  try {
    return formatLabelSelector(labelSelectorOf(selector)) || "<none>";
  } catch {
    return "<error>";
  }
}
