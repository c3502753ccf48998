/** The types that code about pods needs most, under the names by which it speaks of them. */
export type {
  Container, ContainerPort, EphemeralContainer, EnvVar, PodSpec, PodTemplateSpec, Probe, ResourceRequirements, Volume, VolumeMount,
} from "../types/core-v1.generated.ts";
export type ResourceList = Record<string, string>;
