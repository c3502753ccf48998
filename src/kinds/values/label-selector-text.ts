import { textOrder } from "../../lib/text-order.ts";
import { requirement, type LabelRequirement, type LabelSelector } from "./label-selector.ts";
import { isQualifiedName } from "./names.ts";

/**
 * Reads `labelSelector=` as apimachinery's labels.Parse does: `a=b,c in (d,e),!f,g>1`. The same grammar, oddities
 * included (`x in (,a)` has an empty value, `in` may be a key), and the same error texts.
 */
export function parseLabelSelector(text: string): LabelSelector {
  return new Parser(scan(text)).parse().sort((a, b) => textOrder(a.key, b.key));
}

type TokenType = "identifier" | "end" | "error" | "in" | "notin" | "!" | "!=" | "=" | "==" | ">" | "<" | "(" | ")" | ",";
interface Token { type: TokenType; text: string }

const symbols = new Set(["!", "!=", "=", "==", ">", "<", "(", ")", ","]);
const isSymbolCharacter = (c: string | undefined) => c !== undefined && "=!(),><".includes(c);
const isSpace = (c: string | undefined) => c === " " || c === "\t" || c === "\r" || c === "\n";

function scan(text: string): Token[] {
  const tokens: Token[] = [];
  let i = 0;
  while (i < text.length && text[i] !== "\0") {
    if (isSpace(text[i])) { i++; continue; }
    const start = i;
    if (isSymbolCharacter(text[i])) {
      while (i < text.length && symbols.has(text.slice(start, i + 1))) i++;
      tokens.push({ type: text.slice(start, i) as TokenType, text: text.slice(start, i) });
      continue;
    }
    while (i < text.length && !isSymbolCharacter(text[i]) && !isSpace(text[i]) && text[i] !== "\0") i++;
    const word = text.slice(start, i);
    tokens.push({ type: word === "in" || word === "notin" ? word : "identifier", text: word });
  }
  tokens.push({ type: "end", text: "" });
  return tokens;
}

class Parser {
  readonly #tokens: Token[];
  #at = 0;
  constructor(tokens: Token[]) { this.#tokens = tokens; }

  parse(): LabelRequirement[] {
    const requirements: LabelRequirement[] = [];
    for (;;) {
      const next = this.#peekValue();
      if (next.type === "end") return requirements;
      if (next.type !== "identifier" && next.type !== "!") throw new Error(`found '${next.text}', expected: !, identifier, or 'end of string'`);
      requirements.push(this.#requirementOrThrow());
      const separator = this.#take();
      if (separator.type === "end") return requirements;
      if (separator.type !== ",") throw new Error(`found '${separator.text}', expected: ',' or 'end of string'`);
      const after = this.#peekValue();
      if (after.type !== "identifier" && after.type !== "!") throw new Error(`found '${after.text}', expected: identifier after ','`);
    }
  }

  #requirementOrThrow(): LabelRequirement {
    try {
      return this.#requirement();
    } catch (error) {
      throw new Error(`unable to parse requirement: ${(error as Error).message}`, { cause: error });
    }
  }

  #requirement(): LabelRequirement {
    const negated = this.#peekValue().type === "!";
    if (negated) this.#take();
    const key = this.#takeValue();
    if (key.type !== "identifier") throw new Error(`found '${key.text}', expected: identifier`);
    const keyErrors = isQualifiedName(key.text);
    if (keyErrors.length > 0) throw new Error(`<nil>: Invalid value: ${JSON.stringify(key.text)}: ${keyErrors.join("; ")}`);
    if (negated) return requirement(key.text, "DoesNotExist", []);
    const next = this.#peekValue();
    if (next.type === "end" || next.type === ",") return requirement(key.text, "Exists", []);
    const operator = this.#take();
    switch (operator.type) {
      case "in": return requirement(key.text, "In", this.#values());
      case "notin": return requirement(key.text, "NotIn", this.#values());
      case "=":
      case "==": return requirement(key.text, "In", [this.#exactValue()], true);
      case "!=": return requirement(key.text, "NotIn", [this.#exactValue()], true);
      case ">": return requirement(key.text, "Gt", [this.#exactValue()]);
      case "<": return requirement(key.text, "Lt", [this.#exactValue()]);
      default: throw new Error(`found '${operator.text}', expected: in, notin, =, ==, !=, gt, lt`);
    }
  }

  #values(): string[] {
    const open = this.#takeValue();
    if (open.type !== "(") throw new Error(`found '${open.text}' expected: '('`);
    const first = this.#peekValue();
    if (first.type === ")") { this.#take(); return [""]; }
    if (first.type !== "identifier" && first.type !== ",") throw new Error(`found '${first.text}', expected: ',', ')' or identifier`);
    const values = this.#identifiers();
    if (this.#takeValue().type !== ")") throw new Error(`found '${first.text}', expected: ')'`);
    return [...values].sort();
  }

  #identifiers(): Set<string> {
    const values = new Set<string>();
    for (;;) {
      const token = this.#takeValue();
      const next = this.#peekValue();
      if (token.type === "identifier") {
        values.add(token.text);
        if (next.type === ")") return values;
        if (next.type !== ",") throw new Error(`found '${next.text}', expected: ',' or ')'`);
      } else if (token.type === ",") {
        if (values.size === 0 || next.type === ")" || next.type === ",") values.add("");
        if (next.type === ")") return values;
      } else throw new Error(`found '${token.text}', expected: ',', or identifier`);
    }
  }

  #exactValue(): string {
    const next = this.#peekValue();
    if (next.type === "end" || next.type === ",") return "";
    const token = this.#takeValue();
    if (token.type !== "identifier") throw new Error(`found '${token.text}', expected: identifier`);
    return token.text;
  }

  #take(): Token { return this.#tokens[Math.min(this.#at++, this.#tokens.length - 1)]!; }
  /** `in` and `notin` are operators only after a key; elsewhere they are plain words. */
  #takeValue(): Token { return asValue(this.#take()); }
  #peekValue(): Token { return asValue(this.#tokens[Math.min(this.#at, this.#tokens.length - 1)]!); }
}

const asValue = (token: Token): Token => (token.type === "in" || token.type === "notin" ? { type: "identifier", text: token.text } : token);
