import type { ScalarSchema } from "../../kinds/schema.ts";
import { formatDuration, parseDuration } from "../../kinds/values/duration.ts";
import { canonicalQuantity } from "../../kinds/values/quantity.ts";
import { canonicalMicroTime, canonicalTime } from "../../kinds/values/time.ts";
import { Mismatch } from "./mismatch.ts";
import { isJsonObject } from "../../lib/json-value.ts";

/** What is stored for a scalar, or undefined if it is of another type. Throws Mismatch where Go's own type has more to say. */
export function conformScalar(value: unknown, schema: ScalarSchema): unknown {
  switch (schema.type) {
    case "string": return typeof value === "string" ? value : undefined;
    case "boolean": return typeof value === "boolean" ? value : undefined;
    case "int32": return isInteger(value, -2147483648, 2147483647) ? value : undefined;
    case "uint32": return isInteger(value, 0, 4294967295) ? value : undefined;
    case "int64": return typeof value === "bigint" || isInteger(value, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER) ? value : undefined;
    case "uint64": return (typeof value === "bigint" && value >= 0n) || isInteger(value, 0, 2 ** 64) ? value : undefined;
    case "double": return typeof value === "bigint" ? Number(value) : Number.isFinite(value) ? value : undefined;
    case "bytes": return typeof value === "string" ? base64(value) : undefined;
    case "quantity": return typeof value === "string" || typeof value === "number" ? explain(() => canonicalQuantity(value))
      : typeof value === "bigint" ? canonicalQuantity(`${value}`) : badQuantity();
    case "time": return typeof value === "string" ? explain(() => canonicalTime(value)) : undefined;
    case "microTime": return typeof value === "string" ? explain(() => canonicalMicroTime(value)) : undefined;
    case "duration": return typeof value === "string" ? explain(() => formatDuration(parseDuration(value))) : undefined;
    case "intOrString": return typeof value === "string" || isInteger(value, -2147483648, 2147483647) ? value : undefined;
    case "fieldsV1": return isJsonObject(value) ? value : undefined;
    case "any": return value;
  }
}

const isInteger = (value: unknown, min: number, max: number): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= min && value <= max;

function explain<T>(read: () => T): T {
  try { return read(); } catch (error) { throw new Mismatch((error as Error).message); }
}

const badQuantity = (): never => explain(() => canonicalQuantity("?") as never);

/** Go's decoder wants whole quartets with padding, and skips line ends. */
function base64(text: string): string {
  const compact = /[\r\n]/.test(text) ? text.replace(/[\r\n]/g, "") : text;
  const wrong = /[^A-Za-z0-9+/=]|=(?!=?$)/.exec(compact);
  if (wrong) throw new Mismatch(`illegal base64 data at input byte ${wrong.index}`);
  if (compact.length % 4 !== 0 || compact.endsWith("===")) throw new Mismatch(`illegal base64 data at input byte ${compact.length - (compact.length % 4)}`);
  return compact;
}
