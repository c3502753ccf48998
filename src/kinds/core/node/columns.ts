import type { Column } from "../../kind.ts";
import type { Node } from "../../types/core-v1.generated.ts";
import { ageColumn, nameColumn, orNone } from "../../columns.ts";

const ROLE_PREFIX = "node-role.kubernetes.io/";
const ROLE_LABEL = "kubernetes.io/role";

export const columns: readonly Column<Node>[] = [
  nameColumn,
  { name: "Status", type: "string", description: "Whether it is ready, and whether it takes new pods.", value: statusText },
  { name: "Roles", type: "string", description: "From its role labels.", value: rolesText },
  ageColumn,
  { name: "Version", type: "string", description: "Version of its agent.", value: (obj) => obj.status?.nodeInfo?.kubeletVersion ?? "" },
  { name: "Internal-IP", type: "string", priority: 1, description: "Its address inside the cluster.", value: (obj) => address(obj, "InternalIP") },
  { name: "External-IP", type: "string", priority: 1, description: "Its address for the world outside.", value: (obj) => address(obj, "ExternalIP") },
  { name: "OS-Image", type: "string", priority: 1, description: "Its operating system.", value: (obj) => orUnknown(obj.status?.nodeInfo?.osImage) },
  { name: "Kernel-Version", type: "string", priority: 1, description: "Its kernel.", value: (obj) => orUnknown(obj.status?.nodeInfo?.kernelVersion) },
  { name: "Container-Runtime", type: "string", priority: 1, description: "Its container runtime and the version of that.", value: (obj) => orUnknown(obj.status?.nodeInfo?.containerRuntimeVersion) },
];

function statusText(obj: Node): string {
  const ready = obj.status?.conditions?.find((condition) => condition.type === "Ready");
  const text = !ready ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady";
  return obj.spec?.unschedulable ? `${text},SchedulingDisabled` : text;
}

function rolesText(obj: Node): string {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(obj.metadata.labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX) && key.length > ROLE_PREFIX.length) roles.add(key.slice(ROLE_PREFIX.length));
    else if (key === ROLE_LABEL && value) roles.add(value);
  }
  return orNone([...roles].sort().join(","));
}

const address = (obj: Node, type: string): string => orNone(obj.status?.addresses?.find((a) => a.type === type)?.address);
const orUnknown = (text: string | undefined): string => text || "<unknown>";
