import { builtinKinds } from "../../src/kinds/index.ts";
import type { Kind } from "../../src/kinds/kind.ts";
import type { KubeObject } from "../../src/kinds/object.ts";
import { TestApi } from "./test-api.ts";

/** For tests that hold of every kind. */
export const can = (kind: Kind, verb: string): boolean => !kind.verbs || (kind.verbs as readonly string[]).includes(verb);

/** The kinds of which there are objects. */
export const storedKinds: readonly Kind[] = builtinKinds.filter((kind) => !kind.evaluate && can(kind, "create"));

/** For `describe.each`: each with the name of its resource. */
export const named = (kinds: readonly Kind[]): (readonly [string, Kind])[] => kinds.map((kind) => [`${kind.resource}${kind.group && `.${kind.group}`}`, kind] as const);

/** With what examples refer to. */
export async function apiForExamples(): Promise<TestApi> {
  const api = new TestApi();
  await api.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: "default" } } as KubeObject);
  return api;
}
