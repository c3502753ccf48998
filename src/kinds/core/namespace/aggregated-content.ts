import { callOf, rootOf } from "../../apiregistration/api-service/aggregator.ts";
import { available, apiService } from "../../apiregistration/api-service/kind.ts";
import type { KubeObject } from "../../object.ts";
import type { Transaction } from "../../transaction.ts";
import type { APIService } from "../../types/apiregistration-v1.generated.ts";
import type { OutboundAnswer } from "../../../lib/outbound.ts";

/** What extension API servers keep in a namespace, and what stands in the way of its deletion there. */
export interface AggregatedContent {
  /** Versions of which it is not known what there is. */
  undiscovered: string[];
  /** Deletions that were refused. */
  failures: string[];
  rest: { name: string; objects: readonly KubeObject[] }[];
}

const NOTHING: AggregatedContent = { undiscovered: [], failures: [], rest: [] };
const CALL_MS_MAX = 10_000;
/** So many are looked at to tell what remains of a resource. */
const LOOK = 100;

/** Deletes it, as upstream's namespace controller does with every resource that discovery names, and looks at what is left. */
export function deleteAggregatedContent(tx: Transaction, namespace: string): AggregatedContent {
  const services = tx.list(apiService, { field: { path: "remote", value: "true" } });
  if (services.length === 0) return NOTHING;
  const { resources, undiscovered } = discover(tx, services);
  const places = resources.map(({ service, name }) => ({ service, name: `${name}.${service.spec!.group}`, path: `${rootOf(service)}/namespaces/${namespace}/${name}` }));
  const body = JSON.stringify({ kind: "DeleteOptions", apiVersion: "v1", propagationPolicy: "Background" });
  const deleted = tx.outbound(places.map(({ service, path }) => callOf(service, { method: "DELETE", path, body, timeoutMs: CALL_MS_MAX, headers: { "Content-Type": "application/json" } })));
  const failures = deleted.flatMap((answer, i) => (isDone(answer) ? [] : [`${places[i]!.name}: ${"error" in answer ? answer.error : `the server answered ${answer.status}`}`]));
  const left = tx.outbound(places.map(({ service, path }) => callOf(service, { method: "GET", path, query: `limit=${LOOK}`, timeoutMs: CALL_MS_MAX })));
  const rest = left.map((answer, i) => ({ name: places[i]!.name, objects: listed<KubeObject>(answer, "items") ?? [] })).filter(({ objects }) => objects.length > 0);
  return { undiscovered, failures, rest };
}

/** Gone is as good as deleted. */
const isDone = (answer: OutboundAnswer): boolean => "status" in answer && (answer.status < 300 || answer.status === 404);

interface Discovered { service: APIService; name: string }
interface ApiResource { name: string; namespaced?: boolean; verbs?: string[] }

/** Namespaced resources that can be deleted. */
function discover(tx: Transaction, services: readonly APIService[]): { resources: Discovered[]; undiscovered: string[] } {
  const up = services.filter((service) => available(service)?.status === "True");
  const answers = tx.outbound(up.map((service) => callOf(service, { method: "GET", path: rootOf(service), timeoutMs: CALL_MS_MAX })));
  const lists = new Map(up.map((service, i) => [service, listed<ApiResource>(answers[i]!, "resources")]));
  const isContent = ({ name, namespaced, verbs }: ApiResource) => namespaced && !name.includes("/") && ["deletecollection", "list"].every((verb) => verbs?.includes(verb));
  return {
    resources: [...lists].flatMap(([service, list]) => (list ?? []).filter(isContent).map(({ name }) => ({ service, name }))),
    undiscovered: services.filter((service) => !lists.get(service)).map(({ spec }) => `${spec!.group}/${spec!.version}`),
  };
}

/** Undefined: it is no such document. */
function listed<T>(answer: OutboundAnswer, field: string): T[] | undefined {
  if (!("status" in answer) || answer.status !== 200) return undefined;
  try {
    const list = (JSON.parse(answer.body) as Record<string, unknown>)[field];
    return Array.isArray(list) ? (list as T[]) : undefined;
  } catch {
    return undefined;
  }
}
