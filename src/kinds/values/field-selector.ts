/** `fieldSelector=a=b,c!=d`, as apimachinery's fields package reads it: every term must hold. */
export type FieldSelector = readonly FieldRequirement[];
export interface FieldRequirement { field: string; operator: "=" | "!="; value: string }

/** Throws an Error with upstream's text. `\` escapes `\`, `,` and `=` in values. */
export function parseFieldSelector(text: string): FieldSelector {
  const terms = splitTerms(text).sort().filter((term) => term !== "");
  return terms.map((term) => {
    const match = /!=|==|=/.exec(term);
    if (!match) throw new Error(`invalid selector: '${text}'; can't understand '${term}'`);
    return {
      field: term.slice(0, match.index),
      operator: match[0] === "!=" ? "!=" : "=",
      value: unescapeValue(term.slice(match.index + match[0].length)),
    };
  });
}

/** `valueOf` gives the value of a declared field of the object, "" when it is unset. */
export function matchesFields(selector: FieldSelector, valueOf: (field: string) => string): boolean {
  return selector.every((r) => (valueOf(r.field) === r.value) === (r.operator === "="));
}

export const formatFieldSelector = (selector: FieldSelector): string =>
  selector.map((r) => `${r.field}${r.operator}${escapeValue(r.value)}`).join(",");

/** The value that the field must have, if the selector demands one: a list may then use an index. */
export function requiredValue(selector: FieldSelector, field: string): string | undefined {
  return selector.find((r) => r.field === field && r.operator === "=")?.value;
}

const escapeValue = (value: string): string => value.replace(/[\\,=]/g, (c) => `\\${c}`);

function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === ",") { terms.push(text.slice(start, i)); start = i + 1; }
  }
  terms.push(text.slice(start));
  return terms;
}

function unescapeValue(text: string): string {
  if (!/[\\,=]/.test(text)) return text;
  let value = "";
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === "," || c === "=") throw new Error(`invalid field selector: unescaped character in value: ${c.charCodeAt(0)}`);
    if (c !== "\\") { value += c; continue; }
    const next = text[++i];
    if (next !== "\\" && next !== "," && next !== "=") throw new Error(`invalid field selector: invalid escape sequence: \\${next ?? ""}`);
    value += next;
  }
  return value;
}
