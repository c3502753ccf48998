/** Types of the checker. Signatures of functions are texts such as `string.contains(string): bool`, read when first needed. */
export interface CelType {
  /** "int", "list", "map", "object", "dyn", "param", …; opaque types have their own name. */
  readonly kind: string;
  /** Of lists and optionals: the element; of maps: key and value. */
  readonly args?: readonly CelType[];
  /** Of objects and type parameters. */
  readonly name?: string;
  /** Of objects: a field by its name in expressions, with its key in JSON. */
  readonly field?: (name: string) => { key: string; type: CelType; default?: unknown } | undefined;
  readonly fieldKeys?: () => readonly string[];
  /** Bound on elements, or on bytes of text; for the static estimate of costs. */
  readonly max?: number;
  /** Lists in custom resources: sets and maps are compared and joined without order. */
  readonly listType?: "set" | "map";
  readonly mapKeys?: readonly string[];
  /** How JSON is read where the kind does not say (a string with a format is a string whose cost is bounded). */
  readonly nullable?: boolean;
}

const simpleNames = ["null_type", "bool", "int", "uint", "double", "string", "bytes", "dyn", "type", "google.protobuf.Timestamp", "google.protobuf.Duration"] as const;
const simple = new Map<string, CelType>(simpleNames.map((kind) => [kind, { kind }]));
const short: Record<string, string> = { timestamp: "google.protobuf.Timestamp", duration: "google.protobuf.Duration", null: "null_type", optional: "optional_type",
  Quantity: "kubernetes.Quantity", URL: "kubernetes.URL", IP: "net.IP", CIDR: "net.CIDR", Semver: "kubernetes.Semver", Format: "kubernetes.NamedFormat",
  Authorizer: "kubernetes.authorization.Authorizer", PathCheck: "kubernetes.authorization.PathCheck", GroupCheck: "kubernetes.authorization.GroupCheck",
  ResourceCheck: "kubernetes.authorization.ResourceCheck", Decision: "kubernetes.authorization.Decision" };

export const type = (text: string): CelType => simple.get(text) ?? new TypeReader(text).type();
export const dyn: CelType = simple.get("dyn")!;
export const listOf = (element: CelType): CelType => ({ kind: "list", args: [element] });
export const mapOf = (key: CelType, value: CelType): CelType => ({ kind: "map", args: [key, value] });
export const optionalOf = (value: CelType): CelType => ({ kind: "optional_type", args: [value] });

export interface Signature { target: boolean; params: CelType[]; result: CelType }

/** `string.(string): bool` for members, `(string): bool` for the rest. */
export function parseSignature(text: string): Signature {
  const reader = new TypeReader(text);
  const params: CelType[] = [];
  const target = !reader.take("(");
  if (target) { params.push(reader.type()); reader.take("."); reader.take("("); }
  while (!reader.take(")")) { params.push(reader.type()); reader.take(","); }
  reader.take(":");
  return { target, params, result: reader.type() };
}

class TypeReader {
  readonly #text: string;
  #at = 0;
  constructor(text: string) { this.#text = text.replaceAll(" ", ""); }
  take(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }
  type(): CelType {
    const pattern = /[A-Za-z_]\w*/y;
    pattern.lastIndex = this.#at;
    const name = pattern.exec(this.#text)?.[0];
    if (!name) throw new Error(`bad type: ${this.#text}`);
    this.#at += name.length;
    if (name.length === 1) return { kind: "param", name };
    const kind = Object.hasOwn(short, name) ? short[name]! : name;
    if (!this.take("<")) return simple.get(kind) ?? { kind };
    const args = [this.type()];
    while (this.take(",")) args.push(this.type());
    this.take(">");
    return { kind, args };
  }
}

export function showType(t: CelType): string {
  if (t.kind === "object" || t.kind === "param") return t.name ?? "object";
  if (t.kind === "google.protobuf.Timestamp") return "timestamp";
  if (t.kind === "google.protobuf.Duration") return "duration";
  if (t.kind === "null_type") return "null";
  return t.args ? `${t.kind}(${t.args.map(showType).join(", ")})` : t.kind;
}

/** Whether a value of one type may stand where the other is wanted; binds type parameters. */
export function accepts(wanted: CelType, given: CelType, bound: Map<string, CelType>): boolean {
  if (wanted.kind === "param") {
    const known = bound.get(wanted.name!);
    if (!known || known.kind === "dyn") { bound.set(wanted.name!, given); return true; }
    return accepts(known, given, bound) || (given.kind === "dyn");
  }
  if (wanted.kind === "dyn" || given.kind === "dyn" || given.kind === "param") return true;
  if (wanted.kind === "object" && given.kind === "object") return wanted.name === given.name;
  if (wanted.kind !== given.kind) {
    // An object and null: fields of messages may be unset.
    return given.kind === "null_type" && !["bool", "int", "uint", "double", "string", "bytes", "list", "map", "type"].includes(wanted.kind);
  }
  if (!wanted.args || !given.args) return true;
  return wanted.args.every((arg, i) => accepts(arg, given.args![i] ?? dyn, bound));
}

export function substitute(t: CelType, bound: ReadonlyMap<string, CelType>): CelType {
  if (t.kind === "param") return bound.get(t.name!) ?? dyn;
  return t.args ? { ...t, args: t.args.map((arg) => substitute(arg, bound)) } : t;
}
