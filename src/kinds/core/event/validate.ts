import { type FieldError, invalidValue, required } from "../../../lib/field-error.ts";
import { check } from "../../field-checks.ts";
import type { Event } from "../../types/core-v1.generated.ts";
import { isDns1123Subdomain, isQualifiedName } from "../../values/names.ts";

const SHORT_MAX = 128;
const NOTE_MAX = 1024;

/**
 * What every event must keep to. Upstream asks more of those that come by events.k8s.io/v1 (an eventTime, no deprecated
 * fields); the version of a request is not known here.
 */
export function validateEvent(obj: Event): FieldError[] {
  const namespace = obj.metadata.namespace ?? "";
  return [
    ...(obj.eventTime ? validateNewStyle(obj, namespace) : validateOldStyle(obj, namespace)),
    ...check("namespace", namespace, isDns1123Subdomain),
  ];
}

function validateOldStyle(obj: Event, namespace: string): FieldError[] {
  const about = obj.involvedObject?.namespace ?? "";
  const agrees = about ? about === namespace : namespace === "" || namespace === "default";
  return agrees ? [] : [invalidValue("involvedObject.namespace", about, "does not match event.namespace")];
}

function validateNewStyle(obj: Event, namespace: string): FieldError[] {
  const about = obj.involvedObject?.namespace ?? "";
  const isHome = namespace === "default" || namespace === "kube-system";
  return [
    ...(!about && !isHome ? [invalidValue("involvedObject.namespace", about, "does not match event.namespace")] : []),
    ...(obj.reportingComponent ? [] : [required("reportingComponent")]),
    ...check("reportingComponent", obj.reportingComponent ?? "", isQualifiedName),
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
