import type { FieldError } from "../../src/lib/field-error.ts";

/** As a refusal shows them. */
export const texts = (errors: readonly Pick<FieldError, "field" | "message">[]): string[] => errors.map((error) => `${error.field}: ${error.message}`);
