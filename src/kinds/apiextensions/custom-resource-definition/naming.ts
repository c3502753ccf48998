import type { Reader } from "../../transaction.ts";
import type { CustomResourceDefinition, CustomResourceDefinitionNames } from "../../types/apiextensions-v1.generated.ts";
import { summaries } from "../custom-kinds.ts";
import { approvalCondition } from "./api-approval.ts";
import { isTrue, setCondition } from "./status.ts";

/**
 * Accepts the names that the definition asks for, as far as no other of its group has them, and says so in the
 * conditions NamesAccepted and Established (upstream's naming and establishing controllers). Changes the status in place.
 */
export function settleNames(crd: CustomResourceDefinition, { reader, nowMs }: { reader: Reader; nowMs: number }): void {
  const wanted = crd.spec.names;
  const accepted = { ...crd.status?.acceptedNames } as Partial<CustomResourceDefinitionNames>;
  const taken = namesOfOthers(crd, reader);
  let conflict: { reason: string; message: string } | undefined;
  const claim = (field: "plural" | "singular" | "kind" | "listKind", used: ReadonlySet<string>, reason: string) => {
    const name = wanted[field];
    if (name !== accepted[field] && name !== undefined && used.has(name)) conflict = { reason, message: `${JSON.stringify(name)} is already in use` };
    else if (name !== undefined) accepted[field] = name;
  };
  claim("plural", taken.resources, "PluralConflict");
  claim("singular", taken.resources, "SingularConflict");
  const clashing = (wanted.shortNames ?? []).filter((n) => taken.resources.has(n) && !accepted.shortNames?.includes(n));
  if (clashing.length > 0) conflict = { reason: "ShortNamesConflict", message: aggregate(clashing.map((n) => `${JSON.stringify(n)} is already in use`)) };
  else setOrDelete(accepted, "shortNames", wanted.shortNames);
  claim("kind", taken.kinds, "KindConflict");
  claim("listKind", taken.kinds, "ListKindConflict");
  setOrDelete(accepted, "categories", wanted.categories);
  crd.status ??= {};
  // Plural and kind have no omitempty: they are written even when they are not accepted.
  crd.status.acceptedNames = { ...accepted, plural: accepted.plural ?? "", kind: accepted.kind ?? "" };
  setCondition(crd, { type: "NamesAccepted", ...(conflict ? { status: "False", ...conflict } : { status: "True", reason: "NoConflicts", message: "no conflicts found" }) }, nowMs);
  const approval = approvalCondition(crd);
  if (approval) setCondition(crd, approval, nowMs);
  if (isTrue(crd, "Established")) return;
  setCondition(crd, {
    type: "Established",
    ...(conflict ? { status: "False", reason: "NotAccepted", message: "not all names are accepted" } : { status: "True", reason: "InitialNamesAccepted", message: "the initial names have been accepted" }),
  }, nowMs);
}

function namesOfOthers(crd: CustomResourceDefinition, reader: Reader): { resources: Set<string>; kinds: Set<string> } {
  const resources = new Set<string>();
  const kinds = new Set<string>();
  for (const { name: other, accepted: names } of summaries(reader, crd.spec.group ?? "")) {
    if (other === crd.metadata.name) continue;
    for (const name of [names.plural, names.singular, ...(names.shortNames ?? [])]) if (name) resources.add(name);
    for (const name of [names.kind, names.listKind]) if (name) kinds.add(name);
  }
  return { resources, kinds };
}

function setOrDelete(names: Partial<CustomResourceDefinitionNames>, field: "shortNames" | "categories", value: string[] | undefined): void {
  if (value?.length) names[field] = value;
  else delete names[field];
}

const aggregate = (texts: string[]): string => (texts.length === 1 ? texts[0]! : `[${texts.join(", ")}]`);
