import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { RawClient } from "./http.ts";
import { startTestControlPlane, type TestInstallation } from "./installation.ts";

/** A control plane of which the past is forgotten, and what a client had kept from before. */
export interface AgedInstallation extends AsyncDisposable { installation: TestInstallation; resourceVersion: string; continueToken: string }

const WEEK_MS = 7 * 86_400_000;
const MAPS = "/api/v1/namespaces/default/configmaps";

/** As after a week: the control plane is stopped, a mark in its database says that what happened until now was a week ago, and it is started again. */
export async function startAgedControlPlane(): Promise<AgedInstallation> {
  const young = await startTestControlPlane();
  const { dataDir, origin } = young;
  const page = await change(young, "a");
  await young.controlPlane.stop();
  for (const name of readdirSync(join(dataDir, "storage", "isopod-cluster")).filter((file) => /^[0-9a-f]{64}\.sqlite$/.test(file))) {
    using database = new DatabaseSync(join(dataDir, "storage", "isopod-cluster", name));
    database.prepare("INSERT OR REPLACE INTO marks (revision, time) VALUES (?, ?)").run(Number(page.metadata.resourceVersion) + 1, Date.now() - WEEK_MS);
  }
  const installation = await startTestControlPlane({ dataDir, port: Number(new URL(origin).port) });
  await change(installation, "b"); // wakes the compaction
  return {
    installation, resourceVersion: page.metadata.resourceVersion, continueToken: page.metadata.continue,
    [Symbol.asyncDispose]: async () => { await installation.stop(); await young.stop(); },
  };
}

interface Page { metadata: { resourceVersion: string; continue: string } }

/** Objects come and one goes. Answers the first page of them. */
async function change(installation: TestInstallation, prefix: string): Promise<Page> {
  using client = new RawClient(installation);
  const headers = { "content-type": "application/json" };
  for (const n of [1, 2, 3]) await client.send({ method: "POST", path: MAPS, headers, body: JSON.stringify({ metadata: { name: `${prefix}${n}` } }) });
  const page = JSON.parse((await client.send({ path: `${MAPS}?limit=1` })).text) as Page;
  await client.send({ method: "POST", path: MAPS, headers, body: JSON.stringify({ metadata: { name: "going" } }) });
  await client.send({ method: "DELETE", path: `${MAPS}/going` });
  return page;
}
