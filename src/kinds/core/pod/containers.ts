import { badRequest } from "../../../lib/errors.ts";
import type { Pod } from "../../types/core-v1.generated.ts";

/** Of all sorts, in the order in which upstream lists them. */
const allContainerNames = ({ spec }: Pod): string[] =>
  [...(spec?.initContainers ?? []), ...(spec?.containers ?? []), ...(spec?.ephemeralContainers ?? [])].map((c) => c.name);

/** The container that a log, exec or attach is about. kubectl itself resolves the default-container annotation. */
export function resolveContainer(obj: Pod, requested: string | null): string {
  const name = obj.metadata.name;
  if (requested) {
    if (allContainerNames(obj).includes(requested)) return requested;
    throw badRequest(`container ${requested} is not valid for pod ${name}`);
  }
  const containers = obj.spec?.containers ?? [];
  if (containers.length === 1) return containers[0]!.name;
  if (containers.length === 0) throw badRequest(`a container name must be specified for pod ${name}`);
  throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${allContainerNames(obj).join(" ")}]`);
}
