/** What kubectl does with objects: making, reading, changing and deleting them. No pod runs here. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { clients } from "./support/clients.ts";
import { runClient } from "./support/run-client.ts";
import { apply, eventually, getJson, hasContainers, installation, kubectl, kubectlWithInput, startKubectl, tryKubectl, useNamespace } from "./support/shared.ts";

const NS = "objects";
const aConfigMap = (name: string, data: Record<string, string>, metadata: object = {}) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: NS, ...metadata }, data });

describe.skipIf(!hasContainers)("kubectl and objects", () => {
  useNamespace(NS);

  test("create, with every generator that there is for our kinds", async () => {
    await kubectl(`create configmap made -n ${NS} --from-literal=a=1 --from-literal=b=2`);
    await kubectl(`create secret generic made -n ${NS} --from-literal=password=x`);
    await kubectl(`create serviceaccount made -n ${NS}`);
    await kubectl(`create role made -n ${NS} --verb=get --resource=pods`);
    await kubectl(`create rolebinding made -n ${NS} --role=made --serviceaccount=${NS}:made`);
    await kubectl(`create service clusterip made -n ${NS} --tcp=80:8080`);
    await kubectl(`create service externalname outside -n ${NS} --external-name=example.com`);
    expect((await getJson(`configmap made -n ${NS}`)).data).toEqual({ a: "1", b: "2" });
    expect(await tryKubectl(`create configmap made -n ${NS}`)).toMatchObject({ code: 1, stderr: 'error: failed to create configmap: configmaps "made" already exists\n' });
    expect(await kubectl(`get all,cm,secret,role,rolebinding,sa -n ${NS} -o name`)).toContain("rolebinding.rbac.authorization.k8s.io/made");
  });

  test("apply tells created, configured and unchanged apart, prunes fields that are gone, and diff shows what would change", async () => {
    expect(await apply(aConfigMap("applied", { a: "1", b: "2" }))).toBe("configmap/applied created\n");
    expect(await apply(aConfigMap("applied", { a: "1", b: "2" }))).toBe("configmap/applied unchanged\n");
    const changed = aConfigMap("applied", { a: "one" });
    const diff = await kubectlWithInput("diff -f -", JSON.stringify(changed));
    expect(diff.code).toBe(1);
    expect(diff.stdout).toMatch(/^-\s+a: "1"$/m);
    expect(diff.stdout).toMatch(/^\+\s+a: one$/m);
    expect(await apply(changed)).toBe("configmap/applied configured\n");
    expect((await getJson(`cm applied -n ${NS}`)).data).toEqual({ a: "one" });
    expect((await kubectlWithInput("diff -f -", JSON.stringify(changed))).code).toBe(0);
  });

  test("server-side apply owns fields, refuses another's with a conflict, and takes them when forced", async () => {
    expect(await apply(aConfigMap("owned", { a: "1" }), "--server-side", "--field-manager=one")).toBe("configmap/owned serverside-applied\n");
    const refused = await kubectlWithInput("apply --server-side --field-manager=two -f -", JSON.stringify(aConfigMap("owned", { a: "2" })));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('Apply failed with 1 conflict: conflict with "one": .data.a');
    await apply(aConfigMap("owned", { a: "2" }), "--server-side", "--field-manager=two", "--force-conflicts");
    await apply(aConfigMap("owned", {}), "--server-side", "--field-manager=one");
    expect((await getJson(`cm owned -n ${NS}`)).data).toEqual({ a: "2" });
  });

  test("apply --prune and apply of a whole folder", async () => {
    const folder = mkdtempSync(join(installation.dataDir, "folder-"));
    for (const name of ["x", "y"]) writeFileSync(join(folder, `${name}.json`), JSON.stringify(aConfigMap(name, {}, { labels: { set: "one" } })));
    expect(await kubectl(`apply -f ${folder}`)).toContain("configmap/y created");
    expect(await apply(aConfigMap("x", {}, { labels: { set: "one" } }), "--prune", "-l", "set=one", "-n", NS, "--prune-allowlist=core/v1/ConfigMap")).toContain("configmap/y pruned");
  });

  test("every kind of patch, replace, edit, label, annotate", async () => {
    await apply(aConfigMap("patched", { a: "1" }));
    await kubectl(`patch cm patched -n ${NS} -p`, '{"data":{"b":"2"}}');
    await kubectl(`patch cm patched -n ${NS} --type=merge -p`, '{"data":{"a":null}}');
    await kubectl(`patch cm patched -n ${NS} --type=json -p`, '[{"op":"add","path":"/data/c","value":"3"}]');
    expect((await getJson(`cm patched -n ${NS}`)).data).toEqual({ b: "2", c: "3" });
    expect((await tryKubectl(`patch cm patched -n ${NS} --type=json -p`, '[{"op":"test","path":"/data/c","value":"4"}]')).stderr).toContain("testing value /data/c failed");
    expect(await kubectl(`label cm patched -n ${NS} tier=web`)).toBe("configmap/patched labeled\n");
    expect((await tryKubectl(`label cm patched -n ${NS} tier=db`)).stderr).toContain("--overwrite is false");
    await kubectl(`annotate cm patched -n ${NS} note=kept`);
    expect((await kubectlWithInput("replace -f -", JSON.stringify({ ...aConfigMap("patched", { z: "9" }), metadata: { name: "patched", namespace: NS, resourceVersion: "1" } }))).stderr).toContain("the object has been modified");
    const { metadata, data } = await getJson(`cm patched -n ${NS}`);
    expect({ labels: metadata.labels, note: metadata.annotations.note, data }).toEqual({ labels: { tier: "web" }, note: "kept", data: { b: "2", c: "3" } });
  });

  test("edit writes what the editor has left", async () => {
    await apply(aConfigMap("edited", { greeting: "hello" }));
    const editor = join(installation.dataDir, "editor.sh");
    writeFileSync(editor, '#!/bin/sh\nsed -i "s/greeting: hello/greeting: goodbye/" "$1"\n', { mode: 0o755 });
    const done = await runClient(clients().kubectl, ["edit", "cm", "edited", "-n", NS], { env: { ...process.env, KUBECONFIG: installation.kubeconfig, KUBE_EDITOR: editor } });
    expect(done).toMatchObject({ code: 0, stdout: "configmap/edited edited\n" });
    expect((await getJson(`cm edited -n ${NS}`)).data).toEqual({ greeting: "goodbye" });
  });

  describe("reading", () => {
    beforeAll(async () => {
      if (!hasContainers) return;
      const list = { apiVersion: "v1", kind: "List", items: [3, 1, 2].map((n) => aConfigMap(`read-${n}`, { order: `${4 - n}` }, { labels: { read: n === 2 ? "some" : "other" } })) };
      await apply(list);
    });
    const read = (args: string, ...rest: string[]) => kubectl(`get cm -n ${NS} -l read ${args}`, ...rest);

    test.each([
      ["-o name", /^configmap\/read-1\nconfigmap\/read-2\nconfigmap\/read-3\n$/],
      ["-o jsonpath={.items[*].data.order}", /^3 2 1$/],
      ["-o custom-columns=NAME:.metadata.name,ORDER:.data.order", /^NAME\s+ORDER\nread-1\s+3\n/],
      ["-o go-template={{range.items}}{{.metadata.name}};{{end}}", /^read-1;read-2;read-3;$/],
      ["--sort-by=.data.order --no-headers", /^read-3.*\nread-2.*\nread-1/],
      ["--chunk-size=1 --no-headers", /^(read-.*\n){3}$/],
      ["-o wide", /^NAME\s+DATA\s+AGE\n/],
      ["--show-labels", /read-2 .*read=some/],
      ["-L read", /READ\n/],
      ["--field-selector=metadata.name=read-2 -o name", /^configmap\/read-2\n$/],
      ["-o yaml", /^apiVersion: v1\nitems:/],
      ["-A -o name", /read-1/],
    ])("get %s", async (args, shape) => expect(await read(args)).toMatch(shape));

    test("selectors by set", async () => expect(await kubectl(`get cm -n ${NS} -o name -l`, "read in (some,none), read notin (other)")).toBe("configmap/read-2\n"));

    test("a watch shows what is there and what follows, --watch-only only what follows", async () => {
      const all = startKubectl(`get cm -n ${NS} -l watched -w --output-watch-events`);
      const later = startKubectl(`get cm -n ${NS} -l watched --watch-only --output-watch-events`);
      await eventually(async () => all.child.exitCode === null);
      await new Promise((resolve) => setTimeout(resolve, 500));
      await apply(aConfigMap("seen", { a: "1" }, { labels: { watched: "yes" } }));
      await kubectl(`label cm seen -n ${NS} watched-`); // leaves the selection
      for (const watch of [all, later]) {
        await watch.until(/ADDED\s+seen/);
        await watch.until(/DELETED\s+seen/);
        await watch.stop();
      }
    });
  });

  describe("deleting", () => {
    test("finalizers hold an object back until they are taken off", async () => {
      await apply(aConfigMap("held", {}, { finalizers: ["example.com/hold"] }));
      await kubectl(`delete cm held -n ${NS} --wait=false`);
      expect((await getJson(`cm held -n ${NS}`)).metadata.deletionTimestamp).toBeTruthy();
      await kubectl(`patch cm held -n ${NS} --type=merge -p`, '{"metadata":{"finalizers":null}}');
      expect((await tryKubectl(`get cm held -n ${NS}`)).stderr).toContain("NotFound");
    });

    test.each([["background", 0], ["foreground", 0], ["orphan", 1]])("--cascade=%s leaves %d dependents", async (cascade, left) => {
      await apply({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: `tree-${cascade}`, namespace: NS }, spec: { replicas: 0, selector: { matchLabels: { tree: cascade } }, template: { metadata: { labels: { tree: cascade } }, spec: { containers: [{ name: "c", image: "x" }] } } } });
      const sets = async () => (await getJson(`rs -n ${NS} -l tree=${cascade}`)).items;
      await eventually(async () => (await sets()).length === 1);
      await kubectl(`delete deployment tree-${cascade} -n ${NS} --cascade=${cascade}`);
      await eventually(async () => (await sets()).length === left);
      if (left) expect((await sets())[0].metadata.ownerReferences).toBeUndefined();
    });

    test("by label, and all of a kind", async () => {
      for (const name of ["d1", "d2"]) await apply(aConfigMap(name, {}, { labels: { going: "yes" } }));
      expect(await kubectl(`delete cm -n ${NS} -l going`)).toMatch(/"d1" deleted.*\n.*"d2" deleted/);
    });

    test("a namespace with its content", async () => {
      await kubectl("create namespace going");
      await kubectl("create configmap inside -n going");
      await kubectl("delete namespace going --timeout=30s");
      expect((await tryKubectl("get namespace going")).stderr).toContain('namespaces "going" not found');
    });
  });

  test("explain, api-resources, api-versions, version", async () => {
    expect(await kubectl("explain pod.spec.containers.livenessProbe.httpGet")).toMatch(/FIELD: httpGet <HTTPGetAction>/);
    expect(await kubectl("explain deployments --recursive")).toContain("progressDeadlineSeconds");
    expect((await tryKubectl("explain pod.spec.nothing")).stderr).toContain('field "nothing" does not exist');
    expect(await kubectl("api-resources --verbs=list --namespaced=false -o name")).toContain("customresourcedefinitions.apiextensions.k8s.io\n");
    expect(await kubectl("api-versions")).toContain("apps/v1\n");
    expect(await kubectl("version")).toMatch(/Server Version: v1\.36\./);
    expect(await kubectl("cluster-info")).toContain(installation.origin);
  });

  test("what is not there says so", async () => {
    expect((await tryKubectl("get unicorns")).stderr).toBe(`error: the server doesn't have a resource type "unicorns"\n`);
    expect((await tryKubectl("get --raw /apis/unicorns.example.com/v1")).stderr).toBe("Error from server (NotFound): the server could not find the requested resource\n");
    expect((await tryKubectl("get configmap nothing")).stderr).toBe('Error from server (NotFound): configmaps "nothing" not found\n');
    expect((await tryKubectl(`create -f -`)).code).toBe(1);
  });

  test("strict validation names the unknown field; a warning suffices on wish", async () => {
    const odd = JSON.stringify({ ...aConfigMap("odd", {}), dato: { a: "1" } });
    expect((await kubectlWithInput("apply -f -", odd)).stderr).toContain('unknown field "dato"');
    expect(await kubectlWithInput("apply --validate=warn -f -", odd)).toMatchObject({ code: 0, stderr: 'Warning: unknown field "dato"\n' });
  });

  describe("who may do what", () => {
    test("whoami, can-i, tokens, reconcile", async () => {
      expect(await kubectl("auth whoami -o jsonpath={.status.userInfo.groups}")).toContain("system:masters");
      expect(await kubectl(`auth can-i create pods -n ${NS}`)).toBe("yes\n");
      await kubectl(`create serviceaccount reader -n ${NS}`);
      const as = `--as=system:serviceaccount:${NS}:reader -n ${NS}`;
      expect(await tryKubectl(`auth can-i list configmaps ${as}`)).toMatchObject({ code: 1, stdout: "no\n" });
      const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata: { name: "reader", namespace: NS }, rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["list"] }] };
      expect((await kubectlWithInput("auth reconcile -f -", JSON.stringify(role))).stdout).toContain("reconciled");
      await kubectl(`create rolebinding reader -n ${NS} --role=reader --serviceaccount=${NS}:reader`);
      expect(await kubectl(`auth can-i list configmaps ${as}`)).toBe("yes\n");
      expect(await kubectl(`auth can-i --list ${as}`)).toMatch(/configmaps\s+\[\]\s+\[\]\s+\[list\]/);
      const token = (await kubectl(`create token reader -n ${NS} --duration=10m`)).trim();
      const own = `--kubeconfig=/dev/null --server=${installation.origin} --insecure-skip-tls-verify --token=${token} -n ${NS}`;
      expect(await kubectl(`get cm kube-root-ca.crt -n ${NS} -o name`)).toBe("configmap/kube-root-ca.crt\n");
      expect(await kubectl(`get cm -o name ${own}`)).toContain("configmap/kube-root-ca.crt");
      expect((await tryKubectl(`get secrets ${own}`)).stderr).toBe(`Error from server (Forbidden): secrets is forbidden: User "system:serviceaccount:${NS}:reader" cannot list resource "secrets" in API group "" in the namespace "${NS}"\n`);
    });
  });

  test("a custom resource: explain, columns, validation, scale, and gone with its definition", async () => {
    await apply({
      apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: "ships.sea.example.com" },
      spec: { group: "sea.example.com", scope: "Namespaced", names: { plural: "ships", singular: "ship", kind: "Ship", shortNames: ["sh"], categories: ["all"] }, versions: [{
        name: "v1", served: true, storage: true,
        additionalPrinterColumns: [{ name: "Masts", type: "integer", jsonPath: ".spec.masts" }],
        subresources: { status: {}, scale: { specReplicasPath: ".spec.masts", statusReplicasPath: ".status.masts" } },
        schema: { openAPIV3Schema: { type: "object", properties: {
          spec: { type: "object", required: ["masts"], properties: { masts: { type: "integer", minimum: 1, description: "How many masts it has." }, flag: { type: "string", default: "white" } } },
          status: { type: "object", properties: { masts: { type: "integer" } } },
        } } },
      }] },
    });
    await kubectl("wait --for=condition=Established crd/ships.sea.example.com --timeout=20s");
    expect(await eventually(() => kubectl("explain ship.spec.masts"))).toContain("How many masts it has.");
    const ship = (spec: object) => ({ apiVersion: "sea.example.com/v1", kind: "Ship", metadata: { name: "argo", namespace: NS }, spec });
    expect((await kubectlWithInput("apply -f -", JSON.stringify(ship({ masts: 0 })))).stderr).toContain("spec.masts in body should be greater than or equal to 1");
    await apply(ship({ masts: 2 }));
    expect(await kubectl(`get sh -n ${NS}`)).toMatch(/^NAME\s+MASTS\nargo\s+2\n/);
    expect(await kubectl(`get all -n ${NS}`)).toContain("ship.sea.example.com/argo");
    await kubectl(`scale ship/argo -n ${NS} --replicas=3`);
    await kubectl(`patch ship argo -n ${NS} --subresource=status --type=merge -p`, '{"status":{"masts":3}}');
    await kubectl(`wait ship/argo -n ${NS} --for=jsonpath={.status.masts}=3 --timeout=10s`);
    expect((await getJson(`ship argo -n ${NS}`)).spec).toEqual({ masts: 3, flag: "white" });
    expect(await kubectl(`describe ship argo -n ${NS}`)).toMatch(/Masts:\s+3/);
    await apply(ship({ masts: 5 }), "--server-side", "--force-conflicts");
    await kubectl("delete crd ships.sea.example.com --timeout=20s");
    expect((await tryKubectl(`get ships -n ${NS}`)).stderr).toMatch(/the server (doesn't have a resource type|could not find the requested resource)/); // by kubectl's cached discovery, or by ours
  });

  test("describe works for every kind", async () => {
    for (const kind of (await kubectl("api-resources --verbs=get -o name")).trim().split("\n")) {
      expect(await tryKubectl(`describe ${kind} -n ${NS}`), kind).toMatchObject({ code: 0 });
    }
  });
});
