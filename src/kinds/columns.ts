import type { Column } from "./kind.ts";
import { humanDuration } from "./values/duration.ts";

/** What nearly every table begins and ends with. */
export const nameColumn: Column = {
  name: "Name", type: "string", format: "name",
  description: "The name, unique among objects of its kind in the namespace.",
  value: (obj) => obj.metadata.name ?? "",
};

export const ageColumn: Column = {
  name: "Age", type: "string",
  description: "How long ago the object was created.",
  value: (obj, nowMs) => since(obj.metadata.creationTimestamp, nowMs),
};

/** How long ago, as kubectl writes it. */
export function since(time: string | undefined | null, nowMs: number): string {
  return time ? humanDuration(nowMs - Date.parse(time)) : "<unknown>";
}

export const orNone = (text: string | undefined | null): string => text || "<none>";
/** `a=1,b=2` in key order, or `<none>`. */
export const labelsText = (labels: Readonly<Record<string, string>> | undefined): string =>
  orNone(Object.keys(labels ?? {}).sort().map((key) => `${key}=${labels![key]}`).join(","));

const SHOWN_MAX = 3;
/** `a,b,c + 2 more...`, or `empty`. */
export function firstOf(texts: readonly string[], empty: string): string {
  const shown = texts.slice(0, SHOWN_MAX).join(",");
  return texts.length > SHOWN_MAX ? `${shown} + ${texts.length - SHOWN_MAX} more...` : shown || empty;
}
