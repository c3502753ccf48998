import { base64ToText, decodedLength } from "../../../lib/base64.ts";
import { forbiddenField, invalidValue, Path, required, tooLong, type FieldError } from "../../../lib/field-error.ts";
import { deepEqual } from "../../../lib/deep-equal.ts";
import type { Secret } from "../../types/core-v1.generated.ts";
import { isConfigMapKey } from "../../values/names.ts";
import { SERVICE_ACCOUNT_NAME, SERVICE_ACCOUNT_TOKEN } from "./types.ts";

const DATA_BYTES_MAX = 1024 * 1024;
const DATA = Path.of("data");

export function validateSecret(obj: Secret): FieldError[] {
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const [key, value] of Object.entries(obj.data ?? {})) {
    for (const text of isConfigMapKey(key)) errors.push(invalidValue(DATA.key(key), key, text));
    bytes += decodedLength(value);
  }
  if (bytes > DATA_BYTES_MAX) errors.push(tooLong(DATA, DATA_BYTES_MAX));
  return [...errors, ...validateType(obj)];
}

function validateType(obj: Secret): FieldError[] {
  const has = (key: string) => Object.hasOwn(obj.data ?? {}, key);
  const missing = (...keys: string[]) => keys.filter((key) => !has(key)).map((key) => required(DATA.key(key)));
  switch (obj.type) {
    case SERVICE_ACCOUNT_TOKEN:
      return obj.metadata.annotations?.[SERVICE_ACCOUNT_NAME] ? [] : [required(Path.of("metadata", "annotations").key(SERVICE_ACCOUNT_NAME))];
    case "kubernetes.io/dockercfg": return validateJson(obj, ".dockercfg");
    case "kubernetes.io/dockerconfigjson": return validateJson(obj, ".dockerconfigjson");
    case "kubernetes.io/basic-auth": return has("username") || has("password") ? [] : missing("username", "password");
    case "kubernetes.io/ssh-auth": return obj.data?.["ssh-privatekey"] ? [] : [required(DATA.key("ssh-privatekey"))];
    case "kubernetes.io/tls": return missing("tls.crt", "tls.key");
    default: return [];
  }
}

function validateJson(obj: Secret, key: string): FieldError[] {
  const value = obj.data?.[key];
  if (value === undefined) return [required(DATA.key(key))];
  const refuse = (why: string) => [invalidValue(DATA.key(key), "<secret contents redacted>", why)];
  const text = base64ToText(value);
  if (text === "") return refuse("unexpected end of JSON input");
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && !Array.isArray(parsed) ? [] : refuse("json: cannot unmarshal into Go value of type map[string]interface {}");
  } catch {
    // The engine's own text would quote the secret.
    return refuse("invalid character in JSON");
  }
}

export function validateSecretUpdate(obj: Secret, old: Secret): FieldError[] {
  const errors: FieldError[] = [];
  if (obj.type !== old.type) errors.push(invalidValue("type", obj.type, "field is immutable"));
  if (!old.immutable) return errors;
  const frozen = (field: string) => forbiddenField(field, "field is immutable when `immutable` is set");
  if (!obj.immutable) errors.push(frozen("immutable"));
  if (!deepEqual(obj.data ?? {}, old.data ?? {})) errors.push(frozen("data"));
  return errors;
}

export function secretWarnings(obj: Secret): string[] {
  if (obj.type !== "kubernetes.io/tls") return [];
  const lacks = (key: string) => !base64ToText(obj.data?.[key] ?? "").includes("-----BEGIN ");
  if (lacks("tls.crt")) return ["tls: failed to find any PEM data in certificate input"];
  return lacks("tls.key") ? ["tls: failed to find any PEM data in key input"] : [];
}
