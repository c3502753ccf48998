import { invalid } from "./platform-error.ts";

export function textField(body: Record<string, unknown>, name: string): string | undefined {
  const value = body[name];
  if (value === undefined) return undefined;
  if (typeof value !== "string" || value.trim() === "" || value.length > 100) throw invalid(`${name} must be a text of 1 to 100 characters`);
  return value;
}

export function requiredText(body: Record<string, unknown>, name: string): string {
  const value = textField(body, name);
  if (value === undefined) throw invalid(`${name} is required`);
  return value;
}

/** Short, lower case and unambiguous: fit for host names. 80 bits. */
export function newId(prefix: string): string {
  const letters = "abcdefghjkmnpqrstvwxyz0123456789";
  return prefix + Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => letters[byte & 31]).join("");
}
