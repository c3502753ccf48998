import type { JSONSchemaProps } from "../../types/apiextensions-v1.generated.ts";
import { isSchema } from "./json-schema.ts";

/** Where a path such as `.spec['a-b'].c` leads in a schema; what is wrong with it is told in upstream's words. */
export function schemaAt(root: JSONSchemaProps, path: string, { allowsBrackets = true } = {}): { schema: JSONSchemaProps; root: string } | { error: string } {
  let schema = root;
  let first: string | undefined;
  const tokens = path.match(/'(?:[^'\\]|\\.)*'|[.[\]]|[^.[\]]+/g) ?? [];
  for (let i = 0; i < tokens.length;) {
    const step = nextStep(tokens, i, allowsBrackets);
    if ("error" in step) return step;
    const inner = innerSchema(schema, step.name);
    if (!inner) return { error: "does not refer to a valid field" };
    schema = inner;
    first ??= step.name;
    i += step.length;
  }
  return { schema, root: first ?? "" };
}

function nextStep(tokens: readonly string[], i: number, allowsBrackets: boolean): { name: string; length: number } | { error: string } {
  const next = tokens[i + 1];
  switch (tokens[i]) {
    case ".": return next === undefined ? { error: "unexpected end of JSON path" } : { name: next, length: 2 };
    case "[": {
      if (!allowsBrackets) return { error: "array notation is not allowed" };
      if (next === undefined) return { error: "unexpected end of JSON path" };
      const quoted = /^'(.*)'$/s.exec(next);
      if (!quoted) return { error: `expected single quoted string but got ${next}` };
      if (tokens[i + 2] === undefined) return { error: "unexpected end of JSON path" };
      return tokens[i + 2] === "]" ? { name: quoted[1]!.replace(/\\(.)/g, "$1"), length: 3 } : { error: `expected ] but got ${tokens[i + 2]}` };
    }
    default: return { error: `expected [ or . but got: ${tokens[i]}` };
  }
}

function innerSchema({ properties, additionalProperties }: JSONSchemaProps, name: string): JSONSchemaProps | undefined {
  if (properties) return Object.hasOwn(properties, name) ? properties[name] : undefined;
  return isSchema(additionalProperties) ? additionalProperties : undefined;
}
