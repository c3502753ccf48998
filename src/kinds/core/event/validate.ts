import { type FieldError, invalidValue, required } from "../../../lib/field-error.ts";
import { check, immutable, sameValue } from "../../field-checks.ts";
import type { ReadContext } from "../../kind.ts";
import type { Event } from "../../types/core-v1.generated.ts";
import { isDns1123Subdomain, isQualifiedName } from "../../values/names.ts";

const SHORT_MAX = 128;
const NOTE_MAX = 1024;

type Spoken = Pick<ReadContext, "version">;
const isOfEventsGroup = ({ version }: Spoken): boolean => version?.group === "events.k8s.io";

/** What every event must keep to, and more for a new one that comes by events.k8s.io/v1: nothing there may look like an old one. */
export function validateEvent(obj: Event, ctx: Spoken = {}, old?: Event): FieldError[] {
  const namespace = obj.metadata.namespace ?? "";
  const reporter = isOfEventsGroup(ctx) ? "reportingController" : "reportingComponent";
  return [
    ...(obj.eventTime ? validateNewStyle(obj, namespace, reporter) : validateOldStyle(obj, namespace)),
    ...check("namespace", namespace, isDns1123Subdomain),
    ...(isOfEventsGroup(ctx) && !old ? validateOfEventsGroup(obj) : []),
  ];
}

const TYPES = ["Normal", "Warning"];

function validateOfEventsGroup(obj: Event): FieldError[] {
  const used = (field: string, is: boolean) => (is ? [invalidValue(field, "", "needs to be unset")] : []);
  return [
    ...validateSeries(obj),
    ...(obj.eventTime ? [] : [required("eventTime")]),
    ...(TYPES.includes(obj.type ?? "") ? [] : [invalidValue("type", "", `has invalid value: ${obj.type ?? ""}`)]),
    ...used("firstTimestamp", !!obj.firstTimestamp), ...used("lastTimestamp", !!obj.lastTimestamp), ...used("count", !!obj.count),
    ...used("source", !!obj.source?.component || !!obj.source?.host),
  ];
}

function validateSeries({ series }: Event): FieldError[] {
  if (!series) return [];
  return [
    ...((series.count ?? 0) < 2 ? [invalidValue("series.count", "", "should be at least 2")] : []),
    ...(series.lastObservedTime ? [] : [required("series.lastObservedTime")]),
  ];
}

const IMMUTABLE = ["involvedObject", "reason", "message", "firstTimestamp", "lastTimestamp", "count", "type", "eventTime", "action", "related", "reportingComponent", "reportingInstance"] as const;

/** By events.k8s.io/v1 an event only goes on: its series grows. */
export function validateEventUpdate(obj: Event, old: Event, ctx: Spoken = {}): FieldError[] {
  if (!isOfEventsGroup(ctx)) return [];
  return [
    ...(sameValue(obj.series, old.series) ? [] : validateSeries(obj)),
    ...IMMUTABLE.flatMap((field) => immutable(field === "reportingComponent" ? "reportingController" : field, obj[field], old[field])),
  ];
}

function validateOldStyle(obj: Event, namespace: string): FieldError[] {
  const about = obj.involvedObject?.namespace ?? "";
  const agrees = about ? about === namespace : namespace === "" || namespace === "default";
  return agrees ? [] : [invalidValue("involvedObject.namespace", about, "does not match event.namespace")];
}

function validateNewStyle(obj: Event, namespace: string, reporter: string): FieldError[] {
  const about = obj.involvedObject?.namespace ?? "";
  const isHome = namespace === "default" || namespace === "kube-system";
  return [
    ...(!about && !isHome ? [invalidValue("involvedObject.namespace", about, "does not match event.namespace")] : []),
    ...(obj.reportingComponent ? [] : [required(reporter)]),
    ...check(reporter, obj.reportingComponent ?? "", isQualifiedName),
    ...validateText(obj.reportingInstance, "reportingInstance"),
    ...validateText(obj.action, "action"),
    ...validateText(obj.reason, "reason"),
    ...((obj.message?.length ?? 0) > NOTE_MAX ? [invalidValue("message", "", `can have at most ${NOTE_MAX} characters`)] : []),
  ];
}

function validateText(text: string | undefined, field: string): FieldError[] {
  if (!text) return [required(field)];
  return text.length > SHORT_MAX ? [invalidValue(field, "", `can have at most ${SHORT_MAX} characters`)] : [];
}
