import type { Expr, Node } from "./ast.ts";
import { overloads } from "./functions/index.ts";
import { TypeValue } from "./values.ts";

/** `a.b.c` as a dotted name, if it is one. */
function dotted(expr: Expr): { name: string; root: string } | undefined {
  if (expr.op === "ident") return { name: expr.name, root: expr.name };
  if (expr.op !== "select" || expr.optional || expr.test) return undefined;
  const target = dotted(expr.target);
  return target && { name: `${target.name}.${expr.field}`, root: target.root };
}

/** Functions such as `optional.of` have a dot in their name: a target that is no variable may be the name's first half. */
export function resolveCall(call: Node<"call">, isVariable: (name: string) => boolean): { fn: string; args: Expr[]; member: boolean } {
  if (!call.target) return { fn: call.fn, args: call.args, member: false };
  const path = dotted(call.target);
  if (path && !isVariable(path.root) && overloads(`${path.name}.${call.fn}`)) return { fn: `${path.name}.${call.fn}`, args: call.args, member: false };
  return { fn: call.fn, args: [call.target, ...call.args], member: true };
}

const types = new Set(["int", "uint", "double", "bool", "string", "bytes", "list", "map", "null_type", "type", "optional_type", "google.protobuf.Timestamp", "google.protobuf.Duration",
  "kubernetes.Quantity", "kubernetes.URL", "kubernetes.Semver", "kubernetes.NamedFormat", "net.IP", "net.CIDR"]);

/** Names of types are values. */
export function resolveType(expr: Expr, isVariable: (name: string) => boolean): TypeValue | undefined {
  const path = dotted(expr);
  return path && types.has(path.name) && !isVariable(path.root) ? new TypeValue(path.name) : undefined;
}
