import { invalid } from "../../../lib/errors.ts";
import { type FieldError, forbiddenField, invalidValue, notSupported } from "../../../lib/field-error.ts";
import type { Pod } from "../../types/core-v1.generated.ts";

const STREAMS = ["All", "Stderr", "Stdout"];

/** Throws what is wrong with the query of pods/log. */
export function validateLogOptions(query: URLSearchParams, obj: Pod): void {
  const errors: FieldError[] = [
    ...atLeast(query, "tailLines", 0, "must be greater than or equal to 0"),
    ...atLeast(query, "limitBytes", 1, "must be greater than 0"),
    ...atLeast(query, "sinceSeconds", 1, "must be greater than 0"),
  ];
  if (query.has("sinceSeconds") && query.has("sinceTime")) errors.push(forbiddenField("", "at most one of `sinceTime` or `sinceSeconds` may be specified"));
  const stream = query.get("stream");
  if (stream && !STREAMS.includes(stream)) errors.push(notSupported("stream", stream, STREAMS));
  if (stream && stream !== "All" && query.has("tailLines")) errors.push(forbiddenField("", "`tailLines` and specific `stream` are mutually exclusive for now"));
  if (errors.length > 0) throw invalid({ group: "", resource: "pods", kind: "PodLogOptions", name: obj.metadata.name! }, errors);
}

function atLeast(query: URLSearchParams, name: string, min: number, text: string): FieldError[] {
  const given = query.get(name);
  if (given === null || given === "") return [];
  const value = Number(given);
  return Number.isInteger(value) && value >= min ? [] : [invalidValue(name, Number.isNaN(value) ? given : value, text)];
}
