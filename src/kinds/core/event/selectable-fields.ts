import type { Event, ObjectReference } from "../../types/core-v1.generated.ts";

const REFERENCE_FIELDS = ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"] as const;

/** Of the object that the event is about, under both versions' names for it. */
const ofReference = (name: string) => REFERENCE_FIELDS.map((field) =>
  [`${name}.${field}`, (obj: Event) => (obj.involvedObject as ObjectReference | undefined)?.[field] ?? ""] as const);

export const selectableFields: Readonly<Record<string, (obj: Event) => string>> = {
  ...Object.fromEntries([...ofReference("involvedObject"), ...ofReference("regarding")]),
  reason: (obj) => obj.reason ?? "",
  reportingComponent: (obj) => obj.reportingComponent ?? "",
  reportingController: (obj) => obj.reportingComponent ?? "",
  source: (obj) => obj.source?.component || obj.reportingComponent || "",
  type: (obj) => obj.type ?? "",
};
