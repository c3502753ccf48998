import { CompileError, dynamic, prepare } from "../../cel/program.ts";
import { type FieldError, invalidValue } from "../../lib/field-error.ts";

/** What an expression of a policy or a match condition may speak of, and what must come of it. */
export interface ExpressionOptions {
  hasParams?: boolean;
  hasAuthorizer?: boolean;
  hasVariables?: boolean;
  /** Default: anything. A dynamic type may turn out to be anything. */
  result?: "bool" | "string";
}

/** The types of objects are known when it runs; here undeclared names, syntax and what is plainly wrong are found. */
export function validateExpression(expression: string, path: string, options: ExpressionOptions = {}): FieldError[] {
  const names = ["object", "oldObject", "request", "namespaceObject"];
  if (options.hasParams) names.push("params");
  if (options.hasAuthorizer) names.push("authorizer");
  if (options.hasVariables) names.push("variables");
  try {
    const { type } = prepare(expression, dynamic(...names));
    if (options.result && type.kind !== "dyn" && type.kind !== options.result) return [invalidValue(path, expression, `must evaluate to ${options.result}`)];
    return [];
  } catch (error) {
    if (error instanceof CompileError) return [invalidValue(path, expression, `compilation failed: ${error.message}`)];
    throw error;
  }
}
