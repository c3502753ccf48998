import { textToBase64 } from "../../../lib/base64.ts";
import type { Secret } from "../../types/core-v1.generated.ts";

/** `stringData` is write-only: it becomes part of `data`, over what is there. */
export function defaultSecret(obj: Secret): void {
  if (!obj.type) obj.type = "Opaque";
  if (!obj.stringData) return;
  const merged = { ...obj.data };
  for (const [key, text] of Object.entries(obj.stringData)) merged[key] = textToBase64(text);
  delete obj.stringData;
  if (Object.keys(merged).length > 0) obj.data = merged;
}
