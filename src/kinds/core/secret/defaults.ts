import { textToBase64 } from "../../../lib/base64.ts";
import type { Secret } from "../../types/core-v1.generated.ts";

/** `stringData` is write-only: it becomes part of `data`, over what is there. */
export function defaultSecret(obj: Secret): void {
  if (!obj.type) obj.type = "Opaque";
  if (!obj.stringData) return;
  const added = Object.entries(obj.stringData).map(([key, text]) => [key, textToBase64(text)] as const);
  delete obj.stringData;
  // Not by assignment: `__proto__` is a valid key.
  if (added.length > 0) obj.data = Object.fromEntries([...Object.entries(obj.data ?? {}), ...added]);
}
