import type { Node, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm } from "../types/core-v1.generated.ts";

/** Terms are alternatives. No term matches nothing. */
export function matchesNodeSelector(selector: NodeSelector, node: Node): boolean {
  return selector.nodeSelectorTerms.some((term) => matchesNodeSelectorTerm(term, node));
}

/** All requirements of a term must hold; an empty term matches nothing. `metadata.name` is the only field there is. */
export function matchesNodeSelectorTerm(term: NodeSelectorTerm, node: Node): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length + fields.length === 0) return false;
  return expressions.every((r) => holds(r, node.metadata.labels?.[r.key]))
    && fields.every((r) => holds(r, r.key === "metadata.name" ? node.metadata.name : undefined));
}

function holds(requirement: NodeSelectorRequirement, value: string | undefined): boolean {
  const values = requirement.values ?? [];
  switch (requirement.operator) {
    case "In": return value !== undefined && values.includes(value);
    case "NotIn": return value === undefined || !values.includes(value);
    case "Exists": return value !== undefined;
    case "DoesNotExist": return value === undefined;
    case "Gt": return whole(value) && whole(values[0]) && BigInt(value!) > BigInt(values[0]!);
    case "Lt": return whole(value) && whole(values[0]) && BigInt(value!) < BigInt(values[0]!);
    default: return false;
  }
}

const whole = (text: string | undefined): boolean => text !== undefined && /^-?\d{1,19}$/.test(text);
