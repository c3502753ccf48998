import { type FieldError, duplicate, invalidValue, required } from "../../lib/field-error.ts";
import { check } from "../field-checks.ts";
import { validateProtocol } from "../core/endpoint-ip.ts";
import type { Container, ContainerPort, PodSpec } from "../types/core-v1.generated.ts";
import type { IntOrString } from "../values/int-or-string.ts";
import { isPortName, isPortNumber } from "../values/names.ts";

export function validateContainerPorts(ports: readonly ContainerPort[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  ports.forEach((port, i) => {
    const at = `${path}[${i}]`;
    if (port.name) errors.push(...validatePortName(port.name, names, `${at}.name`));
    if (!port.containerPort) errors.push(required(`${at}.containerPort`));
    else errors.push(...validateNumber(port.containerPort, `${at}.containerPort`));
    if (port.hostPort) errors.push(...validateNumber(port.hostPort, `${at}.hostPort`));
    errors.push(...validateProtocol(port.protocol, `${at}.protocol`));
  });
  return errors;
}

function validatePortName(name: string, names: Set<string>, path: string): FieldError[] {
  const errors = check(path, name, isPortName);
  if (errors.length > 0) return errors;
  if (names.has(name)) return [duplicate(path, name)];
  names.add(name);
  return [];
}

const validateNumber = (port: number, path: string): FieldError[] => isPortNumber(port).map((text) => invalidValue(path, port, text));

export function validatePortNumberOrName(port: IntOrString | undefined, path: string): FieldError[] {
  return typeof port === "string" ? check(path, port, isPortName) : validateNumber(port ?? 0, path);
}

/** Two containers of a pod cannot both have the same port of the node. */
export function validateHostPortConflicts(containers: readonly Container[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  let taken: Set<string> | undefined;
  containers.forEach(({ ports }, i) => ports?.forEach((port, j) => {
    if (!port.hostPort) return;
    const text = `${port.protocol}/${port.hostIP ?? ""}/${port.hostPort}`;
    taken ??= new Set();
    if (taken.has(text)) errors.push(duplicate(`${path}[${i}].ports[${j}].hostPort`, text));
    taken.add(text);
  }));
  return errors;
}

/** With hostNetwork a container's ports are the node's. In templates they may be left out. */
export function validateHostNetworkPorts(spec: PodSpec, path: string, isPod: boolean): FieldError[] {
  if (!spec.hostNetwork) return [];
  return (spec.containers ?? []).flatMap(({ ports = [] }, i) => ports.flatMap((port, j) => {
    const hostPort = port.hostPort ?? 0;
    if ((!isPod && hostPort === 0) || hostPort === (port.containerPort ?? 0)) return [];
    return [invalidValue(`${path}.containers[${i}].ports[${j}].hostPort`, hostPort, "must match `containerPort` when `hostNetwork` is true")];
  }));
}
