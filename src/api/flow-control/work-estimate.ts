import { queryFlag } from "../path.ts";
import type { AskedRequest } from "./asked.ts";
import { SEATS_MAX, type PriorityLevel } from "./priority-level.ts";

/** What the estimate knows of the cluster; asked only for requests that can be made to wait. */
export interface Sizes {
  objects(group: string, resource: string): number;
  watchers(group: string, resource: string): number;
}

const OBJECTS_PER_SEAT = 100;
const WATCHERS_PER_SEAT = 10;

/**
 * How many seats a request takes: a list, and a watch that begins with one, by the objects that it reads; a write by the
 * watchers to whom it is told. As upstream in outline.
 */
export function seatsFor(request: AskedRequest, level: PriorityLevel, sizes: Sizes): number {
  const wanted = request.verb === "list" ? listSeats(request, sizes)
    : request.verb === "watch" ? (hasInitialEvents(request.query) ? listSeats(request, sizes) : 1)
    : writes.has(request.verb) ? Math.floor(sizes.watchers(request.group, request.resource) / WATCHERS_PER_SEAT) : 1;
  return Math.max(1, Math.min(wanted, level.seatsMax, SEATS_MAX));
}

const writes: ReadonlySet<string> = new Set(["create", "update", "patch", "delete"]);

function listSeats({ group, resource, name, query }: AskedRequest, sizes: Sizes): number {
  if (name !== undefined || /(?:^|[&,])fieldSelector=[^&]*metadata\.name(?:=|%3D)/.test(query)) return 1;
  const objects = sizes.objects(group, resource);
  const limit = Number(new URLSearchParams(query).get("limit") ?? 0);
  return Math.ceil((limit > 0 ? Math.min(limit, objects) : objects) / OBJECTS_PER_SEAT);
}

function hasInitialEvents(query: string): boolean {
  const parameters = new URLSearchParams(query);
  const revision = parameters.get("resourceVersion") ?? "";
  return queryFlag(parameters.get("sendInitialEvents")) || revision === "" || revision === "0";
}
