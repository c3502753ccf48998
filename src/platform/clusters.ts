import { and, eq } from "drizzle-orm";
import { parseNodePortRange, parseServiceRanges } from "../auth/cluster-ranges.ts";
import { kubeconfig } from "../auth/kubeconfig.ts";
import type { ClusterParameters } from "../api/cluster-stub.ts";
import type { PlatformCall } from "./app.ts";
import { newId, requiredText, textField } from "./fields.ts";
import { organizationOf } from "./organizations.ts";
import { forbidden, invalid, notFound, taken } from "./platform-error.ts";
import { clusters } from "./tables.ts";

type ClusterRow = typeof clusters.$inferSelect;

/** As DNS labels, since an id can be a host name's first label. */
const CLUSTER_ID = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Makes a cluster and returns an administrator's kubeconfig. Only the installation's administrator chooses ids; asking
 * for an id again that is there under the same name gives new credentials (the launcher lost its kubeconfig).
 */
export async function createCluster(call: PlatformCall): Promise<object> {
  const body = await call.body();
  const name = requiredText(body, "name");
  const id = chosenId(call, body) ?? newId("c-");
  const ranges = chosenRanges(body);
  const organizationId = await organizationOf(call, body);
  const row: ClusterRow = { id, organizationId, name, createdMs: Date.now() };
  const inserted = await call.directory.insert(clusters).values(row).onConflictDoNothing().returning({ id: clusters.id });
  if (inserted.length === 0) return await existing(call, row);
  try {
    return await withCredentials(call, row, ranges);
  } catch (error) {
    await call.directory.delete(clusters).where(eq(clusters.id, id));
    throw error;
  }
}

function chosenId({ caller }: PlatformCall, body: Record<string, unknown>): string | undefined {
  const id = textField(body, "id");
  if (id === undefined) return undefined;
  if (caller.type !== "administrator") throw forbidden("only the installation's administrator chooses a cluster's id");
  if (!CLUSTER_ID.test(id)) throw invalid("id must be a DNS label: lower case letters, digits and dashes, at most 63");
  return id;
}

type Ranges = Pick<ClusterParameters, "serviceCidrs" | "nodePortRange">;

/** As kube-apiserver's flags. */
function chosenRanges(body: Record<string, unknown>): Ranges {
  const serviceCidrs = parsed(body, "serviceClusterIpRange", parseServiceRanges);
  const nodePortRange = parsed(body, "serviceNodePortRange", parseNodePortRange);
  return { ...(serviceCidrs && { serviceCidrs }), ...(nodePortRange && { nodePortRange }) };
}

function parsed<T>(body: Record<string, unknown>, name: string, parse: (text: string) => T): T | undefined {
  const text = textField(body, name);
  if (text === undefined) return undefined;
  try {
    return parse(text);
  } catch (error) {
    throw invalid(`${name}: ${(error as Error).message}`);
  }
}

async function existing(call: PlatformCall, asked: ClusterRow): Promise<object> {
  const [row] = await call.directory.select().from(clusters).where(eq(clusters.id, asked.id));
  if (call.caller.type !== "administrator" || row?.organizationId !== asked.organizationId || row.name !== asked.name) throw taken("cluster", asked.name);
  return await withCredentials(call, row);
}

export async function listClusters(call: PlatformCall): Promise<object> {
  const { directory, caller } = call;
  const all = directory.select().from(clusters);
  const rows = caller.type === "administrator" ? await all : await all.where(eq(clusters.organizationId, caller.organizationId));
  return { items: rows.map((row) => shown(call, row)) };
}

export async function getCluster(call: PlatformCall): Promise<object> {
  return shown(call, await ownCluster(call));
}

/** What the cluster costs. Asking wakes it. */
export async function clusterStatistics(call: PlatformCall): Promise<object> {
  const { id } = await ownCluster(call);
  return await call.env.CLUSTER.getByName(id).statistics() ?? {};
}

/** The object's storage first: what is still listed can be deleted again. */
export async function deleteCluster(call: PlatformCall): Promise<object> {
  const row = await ownCluster(call);
  await call.env.CLUSTER.getByName(row.id).destroy();
  await call.directory.delete(clusters).where(eq(clusters.id, row.id));
  return { id: row.id };
}

export async function issueKubeconfig(call: PlatformCall): Promise<object> {
  return await withCredentials(call, await ownCluster(call));
}

/** A cluster of another organization is not there. */
export async function ownCluster({ directory, caller, id }: PlatformCall): Promise<ClusterRow> {
  const own = caller.type === "organization" ? eq(clusters.organizationId, caller.organizationId) : undefined;
  const [row] = await directory.select().from(clusters).where(and(eq(clusters.id, id), own));
  if (!row) throw notFound("cluster", id);
  return row;
}

async function withCredentials(call: PlatformCall, row: ClusterRow, ranges: Ranges = {}): Promise<object> {
  const server = serverOf(call, row);
  const { adminToken } = await call.env.CLUSTER.getByName(row.id).initialize({ id: row.id, url: server, ...ranges });
  return { ...shown(call, row), kubeconfig: kubeconfig({ server, token: adminToken, name: row.name, caPem: call.env.SERVER_CA || undefined }) };
}

const serverOf = ({ origin }: PlatformCall, { id }: ClusterRow) => `${origin}/clusters/${id}`;

const shown = (call: PlatformCall, row: ClusterRow) =>
  ({ id: row.id, organization: row.organizationId, name: row.name, createdMs: row.createdMs, server: serverOf(call, row) });
