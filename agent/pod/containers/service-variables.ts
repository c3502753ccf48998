/** Variables that tell a container where services are (Docker's link format); the API's own service is always among them. */
import type { ServiceView } from "../environment.ts";

export function serviceVariables(services: readonly ServiceView[], namespace: string, enableLinks: boolean): Map<string, string> {
  const out = new Map<string, string>();
  const isApi = (s: ServiceView): boolean => s.metadata.namespace === "default" && s.metadata.name === "kubernetes";
  const chosen = services.filter((s) => isApi(s) || (enableLinks && s.metadata.namespace === namespace));
  // A service of the pod's own namespace wins over the API's.
  for (const service of [...chosen.filter(isApi), ...chosen.filter((s) => !isApi(s))]) addService(service, out);
  return out;
}

function addService(service: ServiceView, out: Map<string, string>): void {
  const ip = service.spec?.clusterIP ?? "";
  const ports = service.spec?.ports ?? [];
  const first = ports[0];
  if (!ip || ip === "None" || !first) return;
  const prefix = variableName(service.metadata.name ?? "");
  out.set(`${prefix}_SERVICE_HOST`, ip);
  out.set(`${prefix}_SERVICE_PORT`, String(first.port));
  for (const port of ports) if (port.name) out.set(`${prefix}_SERVICE_PORT_${variableName(port.name)}`, String(port.port));
  const url = (port: typeof first): string => `${(port.protocol ?? "TCP").toLowerCase()}://${ip.includes(":") ? `[${ip}]` : ip}:${port.port}`;
  out.set(`${prefix}_PORT`, url(first));
  for (const port of ports) {
    const protocol = port.protocol ?? "TCP";
    const link = `${prefix}_PORT_${port.port}_${protocol.toUpperCase()}`;
    out.set(link, url(port));
    out.set(`${link}_PROTO`, protocol.toLowerCase());
    out.set(`${link}_PORT`, String(port.port));
    out.set(`${link}_ADDR`, ip);
  }
}

const variableName = (name: string): string => name.toUpperCase().replace(/-/g, "_");
