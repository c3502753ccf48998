import type { EndpointSlice } from "../../types/discovery-v1.generated.ts";

export function defaultEndpointSlice(obj: EndpointSlice): void {
  obj.endpoints ??= [];
  obj.ports ??= [];
  for (const port of obj.ports) {
    port.name ??= "";
    port.protocol ??= "TCP";
  }
}
