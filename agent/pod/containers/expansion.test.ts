import { expect, test } from "vitest";
import { expandStrictly, expandVariables } from "./expansion.ts";

const lookup = (name: string) => ({ A: "1", B: "$(A)" })[name];

test("known names are replaced once, unknown names stay, a doubled dollar escapes", () => {
  expect(expandVariables("$(A)-$(B)-$(C)-$$(A)-$A-$(", lookup)).toBe("1-$(A)-$(C)-$(A)-$A-$(");
});

test("an unknown name in subPathExpr is an error", () => {
  expect(() => expandStrictly("x/$(C)", lookup)).toThrow('missing value for "C"');
});
