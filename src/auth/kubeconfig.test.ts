import { expect, test } from "vitest";
import { load } from "js-yaml";
import { kubeconfig } from "./kubeconfig.ts";

test("a kubeconfig is YAML that leads to the cluster, whatever the names", () => {
  const config = load(kubeconfig({ server: "https://127.0.0.1:6443/clusters/a", token: "t.o.k", name: 'a: "b"\n#', caPem: "PEM", namespace: "x" }));
  const name = 'a: "b"\n#';
  expect(config).toEqual({
    apiVersion: "v1", kind: "Config", "current-context": name,
    clusters: [{ name, cluster: { server: "https://127.0.0.1:6443/clusters/a", "certificate-authority-data": btoa("PEM") } }],
    users: [{ name, user: { token: "t.o.k" } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: "x" } }],
  });
});
