import { authorization } from "./authorizer.ts";
import { addresses, quantities, urls } from "./kubernetes.ts";
import { listExtension } from "./list-extension.ts";
import { lists } from "./lists.ts";
import { operators } from "./operators.ts";
import { standard } from "./standard.ts";
import { strings } from "./strings.ts";
import { overloadOf, type Definition, type Library, type Overload } from "./table.ts";
import { formats, versions } from "./versions.ts";

/** Everything that an expression can call. Functions of one name from several libraries are overloads of one function. */
const libraries: readonly Library[] = [operators, standard, strings, lists, listExtension, quantities, addresses, urls, versions, formats, authorization];

const jsonPointer = [{ text: "(string): string", run: (key: string) => key.replaceAll("~", "~0").replaceAll("/", "~1") }];

const known = new Map<string, readonly Overload[]>();

/** Read when a function is first used: nothing is parsed at start-up. */
export function overloads(name: string): readonly Overload[] | undefined {
  const seen = known.get(name);
  if (seen) return seen;
  const found: Definition[] = libraries.flatMap((library) => (Object.hasOwn(library, name) ? library[name]! : []));
  if (name === "jsonpatch.escapeKey") found.push(...jsonPointer);
  if (found.length === 0) return undefined;
  const list = found.map(overloadOf);
  known.set(name, list);
  return list;
}
