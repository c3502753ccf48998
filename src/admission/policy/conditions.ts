import { Budget, costOfMatchConditions } from "../../cel/program.ts";
import { Environment, type Compiled } from "../../kinds/admissionregistration/policy/environment.ts";
import type { WriteContext } from "../../kinds/kind.ts";
import type { KubeObject } from "../../kinds/object.ts";
import type { MatchCondition } from "../../kinds/types/admissionregistration-v1.generated.ts";
import type { AdmissionAttributes } from "../plugin.ts";
import { Activation } from "./activation.ts";

export function compileConditions(conditions: readonly MatchCondition[] | undefined, hasParams: boolean): Compiled[] {
  if (!conditions?.length) return [];
  const environment = new Environment({ hasParams, hasAuthorizer: true });
  return conditions.map(({ expression }) => environment.compile(expression.trim(), ["bool"]));
}

/** One condition that is false decides; otherwise errors are told. Also for webhooks. */
export function meetsConditions(conditions: readonly Compiled[], attributes: AdmissionAttributes, ctx: WriteContext, params?: KubeObject): boolean | { error: string } {
  if (conditions.length === 0) return true;
  const activation = new Activation(attributes, ctx, { params, budget: new Budget(costOfMatchConditions) });
  const errors: string[] = [];
  for (const condition of conditions) {
    const { value, error, outOfBudget } = activation.evaluate(condition);
    if (value === false) return false;
    if (error !== undefined) errors.push(error);
    if (outOfBudget) break;
  }
  if (errors.length === 0) return true;
  return { error: errors.length === 1 ? errors[0]! : `[${errors.join(", ")}]` };
}
