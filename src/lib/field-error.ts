/** One thing wrong with one field of an object; `invalid()` in errors.ts turns a list of them into a 422 Status. */
export interface FieldError {
  /** meta/v1 CauseType */
  reason:
    | "FieldValueNotFound" | "FieldValueRequired" | "FieldValueDuplicate" | "FieldValueInvalid"
    | "FieldValueNotSupported" | "FieldValueForbidden" | "FieldValueTooLong" | "FieldValueTooMany" | "FieldValueTypeInvalid";
  /** Such as `spec.containers[0].image`. */
  field: string;
  /** Without the field, such as `Invalid value: "x": must be …`. */
  message: string;
}

/** A path into an object, built from the root downwards: `path("spec").child("containers").index(0)`. */
export class Path {
  readonly text: string;
  private constructor(text: string) { this.text = text; }
  static of(...names: string[]): Path { return new Path(names.join(".")); }
  child(...names: string[]): Path {
    let { text } = this;
    for (const name of names) if (name) text = text ? `${text}.${name}` : name;
    return new Path(text);
  }
  index(i: number): Path { return new Path(`${this.text}[${i}]`); }
  key(k: string): Path { return new Path(`${this.text}[${k}]`); }
  toString(): string { return this.text; }
}

type Where = Path | string;

export const required = (field: Where, detail = ""): FieldError =>
  ({ reason: "FieldValueRequired", field: `${field}`, message: detail ? `Required value: ${detail}` : "Required value" });
export const invalidValue = (field: Where, value: unknown, detail: string): FieldError =>
  ({ reason: "FieldValueInvalid", field: `${field}`, message: `Invalid value: ${show(value)}: ${detail}` });
/** Where there is no value to show. */
export const invalidField = (field: Where, detail: string): FieldError =>
  ({ reason: "FieldValueInvalid", field: `${field}`, message: `Invalid value: ${detail}` });
export const notSupported = (field: Where, value: unknown, supported: readonly string[]): FieldError => notOneOf(field, value, [...supported].sort());
/** The same, in the order given. */
export const notOneOf = (field: Where, value: unknown, supported: readonly string[]): FieldError =>
  ({ reason: "FieldValueNotSupported", field: `${field}`, message: `Unsupported value: ${show(value)}: supported values: ${supported.map((s) => `"${s}"`).join(", ")}` });
export const duplicate = (field: Where, value: unknown): FieldError =>
  ({ reason: "FieldValueDuplicate", field: `${field}`, message: `Duplicate value: ${show(value)}` });
export const forbiddenField = (field: Where, detail: string): FieldError =>
  ({ reason: "FieldValueForbidden", field: `${field}`, message: `Forbidden: ${detail}` });
export const notFoundValue = (field: Where, value: unknown): FieldError =>
  ({ reason: "FieldValueNotFound", field: `${field}`, message: `Not found: ${show(value)}` });
export const tooLong = (field: Where, bytesMax: number): FieldError =>
  ({ reason: "FieldValueTooLong", field: `${field}`, message: `Too long: may not be more than ${bytesMax} ${bytesMax === 1 ? "byte" : "bytes"}` });
export const tooMany = (field: Where, count: number, max: number): FieldError =>
  ({ reason: "FieldValueTooMany", field: `${field}`, message: `Too many: ${count}: must have at most ${max} ${max === 1 ? "item" : "items"}` });
export const typeInvalid = (field: Where, value: unknown, detail: string): FieldError =>
  ({ reason: "FieldValueTypeInvalid", field: `${field}`, message: `Invalid value: ${show(value)}: ${detail}` });

function show(value: unknown): string {
  if (value === undefined || value === null) return "null";
  return JSON.stringify(value);
}
