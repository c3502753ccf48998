import { CostExceeded, fail, work, type Value } from "./values.ts";

/** An expression that was compiled: what it is worth within one evaluation. */
export type Code = (frame: Frame) => Value;

/** One evaluation: the values of variables, and what has been spent of its budget. */
export class Frame {
  readonly slots: Value[] = [];
  readonly variable: (name: string) => Value | undefined;
  spent = 0;
  readonly #limit: number;
  constructor(variable: (name: string) => Value | undefined, limit: number) { this.variable = variable; this.#limit = limit; }
  spend(units: number): void {
    if (!((this.spent += units) <= this.#limit)) throw new CostExceeded();
  }
  /** Beyond the first few, which every comparison has. */
  payForComparisons(): void {
    const { comparisons } = work;
    work.comparisons = 0;
    if (comparisons > 3) this.spend(Math.ceil(comparisons));
  }
}

/** An absorbed error took longer than what else a unit buys. */
export const absorbed = 60;

/** What macros and conditions want. */
export const truth = (value: Value): boolean => (typeof value === "boolean" ? value : fail("no such overload"));
