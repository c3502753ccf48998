import { type FieldError, forbiddenField, invalidValue, notSupported, required } from "../../lib/field-error.ts";
import type { Container, HTTPGetAction, Lifecycle, PodSpec, Probe } from "../types/core-v1.generated.ts";
import { isHttpHeaderName } from "../values/names.ts";
import { validatePortNumberOrName } from "./ports.ts";
import { STOP_SIGNALS_LINUX, STOP_SIGNALS_WINDOWS } from "./stop-signals.ts";

type Handlers = Probe & { sleep?: { seconds?: number } };

/** Probes and hooks of a container that runs for long: a main one or a sidecar. */
export function validateProbesAndHooks(container: Container, spec: PodSpec, path: string): FieldError[] {
  const { lifecycle, livenessProbe, readinessProbe, startupProbe } = container;
  const errors: FieldError[] = [];
  if (lifecycle) errors.push(...validateLifecycle(lifecycle, spec, `${path}.lifecycle`));
  if (livenessProbe) errors.push(...validateProbe(livenessProbe, `${path}.livenessProbe`), ...validateOneSuccess(livenessProbe, `${path}.livenessProbe`));
  if (readinessProbe) {
    errors.push(...validateProbe(readinessProbe, `${path}.readinessProbe`));
    if (readinessProbe.terminationGracePeriodSeconds != null) {
      errors.push(invalidValue(`${path}.readinessProbe.terminationGracePeriodSeconds`, readinessProbe.terminationGracePeriodSeconds, "must not be set for readinessProbes"));
    }
  }
  if (startupProbe) errors.push(...validateProbe(startupProbe, `${path}.startupProbe`), ...validateOneSuccess(startupProbe, `${path}.startupProbe`));
  return errors;
}

function validateOneSuccess({ successThreshold = 0 }: Probe, path: string): FieldError[] {
  return successThreshold === 1 ? [] : [invalidValue(`${path}.successThreshold`, successThreshold, "must be 1")];
}

const COUNTS = ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"] as const;

function validateProbe(probe: Probe, path: string): FieldError[] {
  const errors = validateHandler(probe, undefined, path);
  for (const field of COUNTS) {
    if ((probe[field] ?? 0) < 0) errors.push(invalidValue(`${path}.${field}`, probe[field], "must be greater than or equal to 0"));
  }
  const grace = probe.terminationGracePeriodSeconds;
  if (grace != null && grace <= 0) errors.push(invalidValue(`${path}.terminationGracePeriodSeconds`, grace, "must be greater than 0"));
  return errors;
}

function validateLifecycle(lifecycle: Lifecycle, spec: PodSpec, path: string): FieldError[] {
  const grace = spec.terminationGracePeriodSeconds;
  const errors: FieldError[] = [];
  if (lifecycle.postStart) errors.push(...validateHandler(lifecycle.postStart, grace, `${path}.postStart`));
  if (lifecycle.preStop) errors.push(...validateHandler(lifecycle.preStop, grace, `${path}.preStop`));
  if (lifecycle.stopSignal != null) errors.push(...validateStopSignal(lifecycle.stopSignal, spec.os?.name, `${path}.stopSignal`));
  return errors;
}

function validateStopSignal(signal: string, os: string | undefined, path: string): FieldError[] {
  if (os === undefined) return [forbiddenField(path, "may not be set for containers with empty `spec.os.name`")];
  const supported = os === "windows" ? STOP_SIGNALS_WINDOWS : os === "linux" ? STOP_SIGNALS_LINUX : undefined;
  return !supported || supported.includes(signal) ? [] : [notSupported(path, signal, supported)];
}

const TYPES = ["exec", "httpGet", "tcpSocket", "grpc", "sleep"] as const;

function validateHandler(handler: Handlers, grace: number | undefined, path: string): FieldError[] {
  const [first, ...others] = TYPES.filter((type) => handler[type]);
  if (!first) return [required(path, "must specify a handler type")];
  return [
    ...validateAction(first, handler, grace, `${path}.${first}`),
    ...others.map((type) => forbiddenField(`${path}.${type}`, "may not specify more than 1 handler type")),
  ];
}

function validateAction(type: (typeof TYPES)[number], handler: Handlers, grace: number | undefined, path: string): FieldError[] {
  switch (type) {
    case "exec": return handler.exec!.command?.length ? [] : [required(`${path}.command`)];
    case "httpGet": return validateHttpGet(handler.httpGet!, path);
    case "tcpSocket": return validatePortNumberOrName(handler.tcpSocket!.port, `${path}.port`);
    case "grpc": return validatePortNumberOrName(handler.grpc!.port, `${path}.port`);
    case "sleep": return validateSleep(handler.sleep!.seconds ?? 0, grace, path);
  }
}

function validateSleep(seconds: number, grace: number | undefined, path: string): FieldError[] {
  if (grace == null || (seconds >= 0 && seconds <= grace)) return [];
  return [invalidValue(path, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${grace})`)];
}

const SCHEMES = ["HTTP", "HTTPS"];

function validateHttpGet(get: HTTPGetAction, path: string): FieldError[] {
  return [
    ...(get.path ? [] : [required(`${path}.path`)]),
    ...validatePortNumberOrName(get.port, `${path}.port`),
    ...(SCHEMES.includes(get.scheme ?? "") ? [] : [notSupported(`${path}.scheme`, get.scheme ?? "", SCHEMES)]),
    ...(get.httpHeaders ?? []).flatMap(({ name = "" }) => isHttpHeaderName(name).map((text) => invalidValue(`${path}.httpHeaders`, name, text))),
  ];
}
