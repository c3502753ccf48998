import { expect, test } from "vitest";
import { NodeCluster } from "../../test/contract/node-cluster.ts";
import { migrate, migrations } from "./migrations.ts";

const root = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const definition = (plural: string, kind: string) => ({
  apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: `${plural}.example.com` },
  spec: {
    group: "example.com", scope: "Namespaced", names: { plural, kind },
    versions: [
      { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } }, subresources: { status: {}, scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" } } },
      { name: "v2", served: false, storage: false, schema: { openAPIV3Schema: { type: "object" } } },
    ],
  },
});

test("definitions from before there were summaries get them", async () => {
  using cluster = new NodeCluster({ controllers: [] });
  for (const [plural, kind] of [["hosts", "Host"], ["guests", "Guest"], ["others", "Host"]] as const) await cluster.send("POST", root, definition(plural, kind));
  const summaries = () => cluster.db.all<{ value: string }>("SELECT value FROM index_entries WHERE name LIKE '%:summary' ORDER BY object").map(({ value }) => JSON.parse(value.replace("example.com/", "")) as { versions: { subresources?: string[] }[] });
  const before = summaries();
  expect(before).toHaveLength(3);
  cluster.db.run("DELETE FROM index_entries WHERE name LIKE '%:summary'");
  cluster.db.run("UPDATE objects SET indexes = json_remove(indexes, '$[1]') WHERE indexes LIKE '%:summary%'");
  cluster.db.run("DELETE FROM migrations WHERE position > 0");
  migrate(cluster.db, migrations);
  for (const { versions } of before) for (const version of versions) version.subresources ??= [];
  expect(summaries()).toEqual(before);
  cluster.evict();
  expect((await cluster.send("DELETE", `${root}/others.example.com`)).status).toBe(200);
  const { body } = await cluster.send("GET", `${root}/guests.example.com`);
  await cluster.send("PUT", `${root}/guests.example.com`, { ...body, metadata: { ...body.metadata, labels: { a: "b" } } });
  expect(cluster.db.all("SELECT object, COUNT(*) AS n FROM index_entries WHERE name LIKE '%:summary' GROUP BY object")).toMatchObject([{ object: "guests.example.com", n: 1 }, { object: "hosts.example.com", n: 1 }, { object: "others.example.com", n: 1 }]);
});
