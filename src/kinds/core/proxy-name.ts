/** `name`, `name:port` or `scheme:name:port`, as proxy paths name pods, services and nodes. Undefined if it is none of these. */
export function splitSchemeNamePort(segment: string): { scheme: "http" | "https"; name: string; port: string } | undefined {
  const parts = segment.split(":");
  if (parts.length > 3) return undefined;
  const [scheme, name, port] = parts.length === 3 ? parts : ["", parts[0], parts[1] ?? ""];
  if (!name || !["", "http", "https"].includes(scheme!)) return undefined;
  return { scheme: scheme === "https" ? "https" : "http", name, port: port! };
}
