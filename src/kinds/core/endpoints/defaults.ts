import type { Endpoints } from "../../types/core-v1.generated.ts";

export function defaultEndpoints(obj: Endpoints): void {
  for (const subset of obj.subsets ?? []) for (const port of subset.ports ?? []) port.protocol ||= "TCP";
}
