import { Custom, type Value } from "../values.ts";
import { define, type Library } from "./table.ts";

/** What `authorizer` asks its host. */
export type Authorize = (question: Question) => { allowed: boolean; reason?: string; error?: string };
export interface Question {
  serviceAccount?: { namespace: string; name: string };
  path?: string;
  verb: string;
  group?: string; resource?: string; subresource?: string; namespace?: string; name?: string;
  fieldSelector?: string; labelSelector?: string;
}
type Partly = Omit<Question, "verb">;

/** A step on the way to a question; its type says which functions it has. */
class Check extends Custom {
  readonly typeName: string;
  readonly asked: Partly;
  readonly authorize: Authorize;
  readonly #request: Partly | undefined;
  constructor(typeName: string, asked: Partly, authorize: Authorize, request?: Partly) {
    super();
    this.typeName = typeName;
    this.asked = asked;
    this.authorize = authorize;
    this.#request = request;
  }
  with(typeName: string, more: Partly): Check { return new Check(typeName, { ...this.asked, ...more }, this.authorize, this.#request); }
  equals(other: Value): boolean { return this === other; }
  /** `authorizer.requestResource` is the question about the request itself. */
  override field(name: string): Value | undefined {
    return name === "requestResource" && this.#request ? new Check(resource, { ...this.asked, ...this.#request }, this.authorize) : undefined;
  }
}
class Decision extends Custom {
  readonly typeName = "kubernetes.authorization.Decision";
  readonly answer: ReturnType<Authorize>;
  constructor(answer: ReturnType<Authorize>) { super(); this.answer = answer; }
  equals(other: Value): boolean { return this === other; }
}

const space = "kubernetes.authorization.";
/** `request`: the resource that the request is about. */
export const authorizerOf = (authorize: Authorize, request?: Partly): Check => new Check(`${space}Authorizer`, {}, authorize, request);
const resource = `${space}ResourceCheck`;
/** Asking costs as much as upstream says: few questions fit into one budget. */
const asking = (): number => 350_000;
const step = (field: keyof Partly) => [define("ResourceCheck.(string): ResourceCheck", (c: Check, value: string) => c.with(resource, { [field]: value }))];

export const authorization: Library = {
  path: [define("Authorizer.(string): PathCheck", (c: Check, path: string) => c.with(`${space}PathCheck`, { path }))],
  group: [define("Authorizer.(string): GroupCheck", (c: Check, group: string) => c.with(`${space}GroupCheck`, { group }))],
  serviceAccount: [define("Authorizer.(string, string): Authorizer", (c: Check, namespace: string, name: string) => c.with(c.typeName, { serviceAccount: { namespace, name } }))],
  resource: [define("GroupCheck.(string): ResourceCheck", (c: Check, name: string) => c.with(resource, { resource: name }))],
  subresource: step("subresource"), namespace: step("namespace"), name: step("name"), fieldSelector: step("fieldSelector"), labelSelector: step("labelSelector"),
  check: [
    define("PathCheck.(string): Decision", (c: Check, verb: string) => new Decision(c.authorize({ ...c.asked, verb })), asking),
    define("ResourceCheck.(string): Decision", (c: Check, verb: string) => new Decision(c.authorize({ ...c.asked, verb })), asking),
  ],
  allowed: [define("Decision.(): bool", (d: Decision) => d.answer.allowed)],
  reason: [define("Decision.(): string", (d: Decision) => d.answer.reason ?? "")],
  errored: [define("Decision.(): bool", (d: Decision) => d.answer.error !== undefined)],
  error: [define("Decision.(): string", (d: Decision) => d.answer.error ?? "")],
};
