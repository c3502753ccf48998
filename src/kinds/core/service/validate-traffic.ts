import { type FieldError, invalidValue, notSupported, required } from "../../../lib/field-error.ts";
import type { ServiceSpec } from "../../types/core-v1.generated.ts";
import { isPortNumber } from "../../values/names.ts";
import { isExternallyAccessible, needsHealthCheckPort } from "./traits.ts";

const POLICIES = ["Cluster", "Local"];
const DISTRIBUTIONS = ["PreferClose", "PreferSameNode", "PreferSameZone"];

export function validateTraffic(spec: ServiceSpec): FieldError[] {
  return [...validateExternal(spec), ...validateHealthCheck(spec), ...validateInternal(spec), ...validateDistribution(spec)];
}

function validateExternal(spec: ServiceSpec): FieldError[] {
  const policy = spec.externalTrafficPolicy;
  const path = "spec.externalTrafficPolicy";
  if (!isExternallyAccessible(spec)) return policy ? [invalidValue(path, policy, "may only be set for externally-accessible services")] : [];
  if (!policy) return [required(path)];
  return POLICIES.includes(policy) ? [] : [notSupported(path, policy, POLICIES)];
}

function validateHealthCheck(spec: ServiceSpec): FieldError[] {
  const port = spec.healthCheckNodePort;
  const path = "spec.healthCheckNodePort";
  if (!needsHealthCheckPort(spec)) return port ? [invalidValue(path, port, "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'")] : [];
  return port ? isPortNumber(port).map((text) => invalidValue(path, port, text)) : [required(path)];
}

function validateInternal({ type, internalTrafficPolicy: policy }: ServiceSpec): FieldError[] {
  if (policy == null) return type === "ExternalName" ? [] : [required("spec.internalTrafficPolicy")];
  return POLICIES.includes(policy) ? [] : [notSupported("spec.internalTrafficPolicy", policy, POLICIES)];
}

function validateDistribution({ trafficDistribution: distribution }: ServiceSpec): FieldError[] {
  if (distribution == null || DISTRIBUTIONS.includes(distribution)) return [];
  return [notSupported("spec.trafficDistribution", distribution, DISTRIBUTIONS)];
}
