import { expect, test } from "vitest";
import { mergedOpenApiV2 } from "./remote-openapi.ts";

const reference = (name: string) => ({ $ref: `#/definitions/${name}` });

test("definitions of one name and two meanings live side by side; paths of ours stay ours", () => {
  const own = { swagger: "2.0", paths: { "/a": { own: true } }, definitions: { Same: { type: "string" }, Other: { type: "string" } } };
  const part = {
    paths: { "/a": { own: false }, "/b": { schema: reference("Other"), same: reference("Same") } },
    definitions: { Same: { type: "string" }, Other: { type: "object", properties: { more: reference("Other") } } },
  };
  const merged = mergedOpenApiV2(own, [part, part]);
  expect(merged).toEqual({
    swagger: "2.0",
    paths: { "/a": { own: true }, "/b": { schema: reference("Other_v2"), same: reference("Same") } },
    definitions: { Same: { type: "string" }, Other: { type: "string" }, Other_v2: { type: "object", properties: { more: reference("Other_v2") } } },
  });
  expect(own.definitions).toEqual({ Same: { type: "string" }, Other: { type: "string" } });
});
