/** kubectl of four versions makes things: every generator, apply both ways, prune, diff, every patch, replace, edit, labels. No pod runs. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { describeVersions } from "../support/versions.ts";

const aConfigMap = (name: string, data: Record<string, string>, metadata: object = {}) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, ...metadata }, data });
const aDeployment = (name: string, image = "web:1") => ({
  apiVersion: "apps/v1", kind: "Deployment", metadata: { name },
  spec: { replicas: 0, selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: "web", image, env: [{ name: "A", value: "1" }] }] } } },
});

describeVersions("kubectl", {}, (k) => {
  const own = (name: string) => `${name}-${k.version}`; // of the cluster's, which the versions share
  const folder = () => mkdtempSync(join(k.installation.dataDir, "files-"));

  describe("create", () => {
    test.each<[string, string, (object: any) => unknown, unknown]>([
      ["deployment gen --image=web:1 --replicas=2 --port=80", "deployment gen", (o) => [o.spec.replicas, o.spec.template.spec.containers[0].ports], [2, [{ containerPort: 80, protocol: "TCP" }]]],
      ["service clusterip gen --tcp=80:8080", "service gen", (o) => [o.spec.type, o.spec.ports[0].targetPort, o.spec.clusterIP.startsWith("10.96.")], ["ClusterIP", 8080, true]],
      ["service clusterip headless --clusterip=None", "service headless", (o) => o.spec.clusterIP, "None"],
      ["service nodeport open --tcp=80 --node-port=0", "service open", (o) => o.spec.ports[0].nodePort >= 30000, true],
      ["service externalname outside --external-name=example.com", "service outside", (o) => [o.spec.externalName, o.spec.clusterIP], ["example.com", undefined]],
      ["service loadbalancer balanced --tcp=5678:8080", "service balanced", (o) => [o.spec.allocateLoadBalancerNodePorts, o.status], [true, { loadBalancer: {} }]],
      ["configmap gen --from-literal=a=1 --from-literal=b=2", "configmap gen", (o) => o.data, { a: "1", b: "2" }],
      ["secret generic gen --from-literal=password=x --type=example.com/odd", "secret gen", (o) => [o.type, o.data], ["example.com/odd", { password: "eA==" }]],
      ["secret docker-registry pull --docker-server=r.example.com --docker-username=u --docker-password=p", "secret pull", (o) => [o.type, JSON.parse(Buffer.from(o.data[".dockerconfigjson"], "base64").toString()).auths["r.example.com"].username], ["kubernetes.io/dockerconfigjson", "u"]],
      ["serviceaccount gen", "serviceaccount gen", (o) => o.kind, "ServiceAccount"],
      ["job gen --image=busybox -- date", "job gen", (o) => [o.spec.completions, o.spec.template.spec.restartPolicy, o.spec.backoffLimit], [1, "Never", 6]],
      ["cronjob gen --image=busybox --schedule=0/5\u00a0*\u00a0*\u00a0*\u00a0? -- date", "cronjob gen", (o) => [o.spec.concurrencyPolicy, o.spec.suspend, o.spec.successfulJobsHistoryLimit], ["Allow", false, 3]],
      ["job by-hand --from=cronjob/gen", "job by-hand", (o) => [o.metadata.annotations["cronjob.kubernetes.io/instantiate"], o.metadata.ownerReferences[0].kind], ["manual", "CronJob"]],
      ["role gen --verb=get,list --resource=pods,deployments.apps/scale --resource-name=one", "role gen", (o) => o.rules.length, 2],
      ["rolebinding gen --role=gen --serviceaccount=default:gen --user=jane --group=crew", "rolebinding gen", (o) => o.subjects.map((s: { kind: string }) => s.kind), ["User", "Group", "ServiceAccount"]],
      ["quota gen --hard=pods=2 --scopes=BestEffort", "quota gen", (o) => [o.spec.scopes, o.spec.hard.pods], [["BestEffort"], "2"]],
      ["poddisruptionbudget gen --selector=app=gen --min-available=50%", "pdb gen", (o) => o.spec.minAvailable, "50%"],
      ["ingress gen --rule=shop.example.com/path*=gen:80,tls=cert --class=none", "ingress gen", (o) => [o.spec.rules[0].http.paths[0].pathType, o.spec.tls[0].secretName], ["Prefix", "cert"]],
    ])("%s", async (line, what, part, expected) => {
      const words = line.split(" ").map((word) => word.replaceAll("\u00a0", " "));
      await k.kubectl("create", ...words);
      expect(part(await k.getJson(what))).toEqual(expected);
    });

    test("what belongs to the whole cluster", async () => {
      await k.kubectl(`create clusterrole ${own("gen")} --verb=get --resource=nodes`);
      await k.kubectl(`create clusterrole ${own("urls")} --verb=get --non-resource-url=/healthz/*`);
      await k.kubectl(`create clusterrole ${own("sum")} --aggregation-rule=rbac.example.com/${k.version}=true`);
      await k.kubectl(`create clusterrolebinding ${own("gen")} --clusterrole=${own("gen")} --group=crew`);
      await k.kubectl(`create priorityclass ${own("high")} --value=1000 --preemption-policy=Never`);
      await k.kubectl(`create namespace ${own("made")}`);
      await k.kubectl(`label clusterrole ${own("gen")} rbac.example.com/${k.version}=true`);
      await k.kubectl(`wait clusterrole/${own("sum")} --for=jsonpath={.rules[0].resources[0]}=nodes --timeout=20s`);
      expect(await k.getJson(`priorityclass ${own("high")}`)).toMatchObject({ value: 1000, preemptionPolicy: "Never" });
    });

    test("a TLS secret of a real key pair; files and environment files", async () => {
      const at = folder();
      execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=x", "-keyout", join(at, "key"), "-out", join(at, "crt")], { stdio: "ignore" });
      await k.kubectl(`create secret tls pair --cert=${join(at, "crt")} --key=${join(at, "key")}`);
      expect(Buffer.from((await k.getJson("secret pair")).data["tls.crt"], "base64").toString()).toBe(readFileSync(join(at, "crt"), "utf8"));
      writeFileSync(join(at, "env"), "A=1\n# a comment\nB=two words\n");
      writeFileSync(join(at, "binary"), Buffer.from([0xff, 0xfe, 0]));
      await k.kubectl(`create configmap files --from-file=crt=${join(at, "crt")} --from-file=${join(at, "binary")}`);
      await k.kubectl(`create configmap env --from-env-file=${join(at, "env")}`);
      expect((await k.getJson("cm env")).data).toEqual({ A: "1", B: "two words" });
      expect((await k.getJson("cm files")).binaryData).toEqual({ binary: "//4A" });
    });

    test("with --dry-run nothing is made, and --save-config and generateName do what they say", async () => {
      expect(await k.kubectl("create configmap tried --from-literal=a=1 --dry-run=server -o name")).toBe("configmap/tried\n");
      expect(await k.kubectl("create configmap tried --from-literal=a=1 --dry-run=client -o yaml")).toContain("kind: ConfigMap");
      expect((await k.tryKubectl("get cm tried")).stderr).toContain("NotFound");
      expect(JSON.parse((await k.kubectlWithInput("create --save-config -o json -f -", aConfigMap("saved", { a: "1" }))).stdout).metadata.annotations).toHaveProperty(["kubectl.kubernetes.io/last-applied-configuration"]);
      expect((await k.kubectlWithInput("create -o name -f -", { ...aConfigMap("x", {}), metadata: { generateName: "many-" } })).stdout).toMatch(/^configmap\/many-[a-z0-9]{5}\n$/);
      expect((await k.tryKubectl("create configmap gen")).stderr).toBe('error: failed to create configmap: configmaps "gen" already exists\n');
    });

    test("tokens of a ServiceAccount, bound or not", async () => {
      const token = (await k.kubectl("create token gen --duration=20m --audience=vault")).trim();
      const { exp, iat, aud, sub } = JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString());
      expect({ seconds: exp - iat, aud, sub }).toEqual({ seconds: 1200, aud: ["vault"], sub: `system:serviceaccount:${k.namespace}:gen` });
      await k.kubectl("create token gen --bound-object-kind=Secret --bound-object-name=gen");
      expect((await k.tryKubectl("create token nobody")).stderr).toBe('error: failed to create token: serviceaccounts "nobody" not found\n');
    });
  });

  describe("apply", () => {
    test("created, unchanged, configured; a field that is gone is taken away; diff tells before", async () => {
      expect(await k.apply(aConfigMap("applied", { a: "1", b: "2" }))).toBe("configmap/applied created\n");
      expect(await k.apply(aConfigMap("applied", { a: "1", b: "2" }))).toBe("configmap/applied unchanged\n");
      const changed = aConfigMap("applied", { a: "one" });
      const diff = await k.kubectlWithInput("diff -f -", changed);
      expect(diff.code).toBe(1);
      expect(diff.stdout).toMatch(/^-\s+b: "2"$/m);
      expect((await k.kubectlWithInput("diff --server-side --force-conflicts -f -", changed)).stdout).toMatch(/^\+\s+a: one$/m);
      expect(await k.apply(changed)).toBe("configmap/applied configured\n");
      expect((await k.getJson("cm applied")).data).toEqual({ a: "one" });
      expect((await k.kubectlWithInput("diff -f -", changed)).code).toBe(0);
      expect(await k.kubectl("apply view-last-applied cm/applied")).toContain("a: one");
    });

    test("lists of maps are merged by key, and an unknown kind of change is refused with the field's path", async () => {
      await k.apply(aDeployment("merged"));
      await k.kubectl("set env deployment/merged B=2");
      await k.apply(aDeployment("merged", "web:2"));
      const [container] = (await k.getJson("deployment merged")).spec.template.spec.containers;
      expect([container.image, container.env]).toEqual(["web:2", [{ name: "A", value: "1" }, { name: "B", value: "2" }]]);
      const other = { ...aDeployment("merged"), spec: { ...aDeployment("merged").spec, selector: { matchLabels: { app: "other" } }, template: { metadata: { labels: { app: "other" } }, spec: { containers: [{ name: "web", image: "x" }] } } } };
      expect((await k.kubectlWithInput("apply -f -", other)).stderr).toContain('spec.selector: Invalid value: {"matchLabels":{"app":"other"}}: field is immutable');
    });

    test("on the server: conflicts name who owns what, force takes, an applier's fields leave with it; from client-side to server-side and back", async () => {
      expect(await k.apply(aConfigMap("owned", { a: "1" }), "--server-side", "--field-manager=one")).toBe("configmap/owned serverside-applied\n");
      const refused = await k.kubectlWithInput("apply --server-side --field-manager=two -f -", aConfigMap("owned", { a: "2" }));
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('Apply failed with 1 conflict: conflict with "one": .data.a') });
      await k.apply(aConfigMap("owned", { a: "2" }), "--server-side", "--field-manager=two", "--force-conflicts");
      await k.apply(aConfigMap("owned", {}), "--server-side", "--field-manager=one");
      expect((await k.getJson("cm owned --show-managed-fields")).metadata.managedFields).toEqual(expect.arrayContaining([
        expect.objectContaining({ manager: "two", operation: "Apply", fieldsV1: { "f:data": { "f:a": {} } } }),
        expect.objectContaining({ manager: "one", operation: "Apply", fieldsV1: { "f:data": {} } }),
      ]));

      await k.apply(aConfigMap("moved", { a: "1", b: "2" }));
      await k.apply(aConfigMap("moved", { a: "1" }), "--server-side"); // takes client-side apply's fields over, and so prunes b
      expect((await k.getJson("cm moved")).data).toEqual({ a: "1" });
      await k.apply(aConfigMap("moved", { a: "3" }));
      expect((await k.getJson("cm moved")).data).toEqual({ a: "3" });
    });

    test("--prune by label, by applyset, and a whole kustomization", async () => {
      const at = folder();
      for (const name of ["x", "y"]) writeFileSync(join(at, `${name}.json`), JSON.stringify(aConfigMap(name, {}, { labels: { set: "one" } })));
      expect(await k.kubectl(`apply -R -f ${at}`)).toContain("configmap/y created");
      expect(await k.apply(aConfigMap("x", {}, { labels: { set: "one" } }), "--prune", "-l", "set=one", "--prune-allowlist=core/v1/ConfigMap")).toContain("configmap/y pruned");

      const set = (names: string[]) => k.kubectlIn({ KUBECTL_APPLYSET: "true" }, ["apply", "--prune", "--applyset=configmap/crew", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items: names.map((name) => aConfigMap(name, {})) }));
      expect(await set(["p", "q"])).toMatchObject({ stdout: "configmap/p created\nconfigmap/q created\n" });
      expect((await set(["p"])).stdout).toContain("configmap/q pruned");

      const kustomization = folder();
      writeFileSync(join(kustomization, "kustomization.yaml"), "namePrefix: kus-\nlabels: [{ pairs: { app: kus }, includeSelectors: true }]\nresources: [d.json]\nconfigMapGenerator: [{ name: cm, literals: [a=1] }]\nimages: [{ name: web, newTag: '7' }]\n");
      writeFileSync(join(kustomization, "d.json"), JSON.stringify(aDeployment("d")));
      expect(await k.kubectl(`apply -k ${kustomization}`)).toMatch(/configmap\/kus-cm-\S+ created\ndeployment.apps\/kus-d created/);
      expect((await k.getJson("deployment kus-d")).spec.template.spec.containers[0].image).toBe("web:7");
      expect(await k.kubectl(`diff -k ${kustomization}`)).toBe("");
      expect(await k.kubectl(`delete -k ${kustomization}`)).toMatch(/"kus-d" deleted/);
    });
  });

  describe("changing", () => {
    test("every kind of patch, also of subresources", async () => {
      await k.apply(aDeployment("patched"));
      await k.kubectl("patch deployment patched -p", '{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"s:1"}]}}}}');
      await k.kubectl("patch deployment patched --type=merge -p", '{"metadata":{"labels":{"tier":"web","gone":null}}}');
      await k.kubectl("patch deployment patched --type=json -p", '[{"op":"test","path":"/spec/replicas","value":0},{"op":"replace","path":"/spec/template/spec/containers/1/image","value":"w:3"}]');
      await k.kubectl("patch deployment patched --subresource=scale --type=merge -p", '{"spec":{"replicas":3}}');
      await k.kubectl("patch deployment patched --subresource=status --type=merge -p", '{"status":{"observedGeneration":99},"spec":{"replicas":1}}');
      const { spec, metadata } = await k.getJson("deployment patched");
      expect([spec.replicas, metadata.labels, spec.template.spec.containers.map((c: { name: string; image: string }) => `${c.name}=${c.image}`)]).toEqual([3, { tier: "web" }, ["side=s:1", "web=w:3"]]);
      expect((await k.tryKubectl("patch deployment patched --type=json -p", '[{"op":"test","path":"/spec/replicas","value":4}]')).stderr).toMatch(/testing value \/spec\/replicas failed|Testing value/i);
      expect((await k.tryKubectl("patch deployment patched -p", '{"spec":{"replicas":"many"}}')).stderr).toMatch(/Error from server \(BadRequest\).*cannot unmarshal|BadRequest|Invalid/);
      expect(await k.kubectl("get deployment patched --subresource=scale -o jsonpath={.kind}")).toBe("Scale");
    });

    test("label and annotate, with and without --overwrite, over many, listed", async () => {
      await k.apply(aConfigMap("tagged", {}));
      expect(await k.kubectl("label cm tagged tier=web")).toBe("configmap/tagged labeled\n");
      expect((await k.tryKubectl("label cm tagged tier=db")).stderr).toContain("--overwrite is false");
      expect(await k.kubectl("label cm tagged tier=db --overwrite --resource-version=")).toBe("configmap/tagged labeled\n");
      expect(await k.kubectl("label cm tagged --list")).toBe("tier=db\n");
      expect(await k.kubectl("annotate cm --all note=kept")).toContain("configmap/tagged annotated");
      expect(await k.kubectl("label cm tagged tier-")).toBe("configmap/tagged unlabeled\n");
      expect((await k.tryKubectl("label cm tagged", "bad key=1")).stderr).toContain('metadata.labels: Invalid value: "bad key"');
    });

    test("replace: with a stale version refused, forced makes anew, of a subresource", async () => {
      await k.apply(aConfigMap("replaced", { a: "1" }));
      const first = await k.getJson("cm replaced");
      await k.kubectl("annotate cm replaced touched=yes");
      expect((await k.kubectlWithInput("replace -f -", { ...first, data: { a: "2" } })).stderr).toContain("Operation cannot be fulfilled on configmaps \"replaced\": the object has been modified; please apply your changes to the latest version and try again");
      expect((await k.kubectlWithInput("replace --force -f -", aConfigMap("replaced", { a: "3" }))).stdout).toMatch(/"replaced" deleted.*\nconfigmap\/replaced replaced/);
      const now = await k.getJson("cm replaced");
      expect([now.data, now.metadata.uid === first.metadata.uid]).toEqual([{ a: "3" }, false]);
    });

    test("set image, env, resources, serviceaccount, selector, subject", async () => {
      await k.apply(aDeployment("set"));
      await k.kubectl("set image deployment/set *=web:9");
      // kubectl takes a ConfigMap's keys in any order.
      await k.kubectl("set env deployment/set --from=configmap/gen --prefix=CM_");
      await k.kubectl("set resources deployment/set --limits=cpu=200m,memory=512Mi --requests=cpu=100m");
      await k.kubectl("set serviceaccount deployment/set gen");
      const { spec } = (await k.getJson("deployment set")).spec.template;
      expect([spec.serviceAccountName, spec.containers[0].image, spec.containers[0].resources.limits, spec.containers[0].env.map((e: { name: string }) => e.name).toSorted()]).toEqual(["gen", "web:9", { cpu: "200m", memory: "512Mi" }, ["A", "CM_A", "CM_B"]]);
      expect(await k.kubectl("set env deployment/set --list --resolve")).toContain("CM_A=1");
      await k.kubectl("expose deployment set --port=80 --name=exposed");
      await k.kubectl("set selector service exposed app=other");
      expect((await k.getJson("service exposed")).spec.selector).toEqual({ app: "other" });
      await k.kubectl("set subject rolebinding gen --user=joe");
      expect((await k.getJson("rolebinding gen")).subjects.map((s: { name: string }) => s.name)).toEqual(["jane", "crew", "gen", "joe"]);
    });

    test("edit writes what the editor has left; create --edit; edit of a subresource; a bad edit is refused", async () => {
      await k.apply(aConfigMap("edited", { greeting: "hello" }));
      const at = folder();
      const edit = (script: string, ...args: string[]) => {
        writeFileSync(join(at, "editor.sh"), `#!/bin/sh\nsed -i "${script}" "$1"\n`, { mode: 0o755 });
        return k.kubectlIn({ KUBE_EDITOR: join(at, "editor.sh") }, args);
      };
      expect(await edit("s/greeting: hello/greeting: goodbye/", "edit", "cm", "edited")).toMatchObject({ code: 0, stdout: "configmap/edited edited\n" });
      expect(await edit("s/nothing/else/", "edit", "cm", "edited")).toMatchObject({ code: 0, stderr: "Edit cancelled, no changes made.\n" });
      expect(await edit("s/^data:/dato:/", "edit", "cm", "edited")).toMatchObject({ code: 1 });
      expect(await edit("s/observedGeneration: .*/observedGeneration: 77/;s/ replicas: 0$/ replicas: 5/", "edit", "deployment", "set", "--subresource=status")).toMatchObject({ code: 0, stdout: "deployment.apps/set edited\n" });
      expect([(await k.getJson("cm edited")).data, (await k.getJson("deployment set")).spec.replicas]).toEqual([{ greeting: "goodbye" }, 0]);
      writeFileSync(join(at, "new.json"), JSON.stringify(aConfigMap("edited-first", { a: "1" })));
      expect(await edit('s/\\"a\\": \\"1\\"/\\"a\\": \\"2\\"/', "create", "--edit", "-o", "json", "-f", join(at, "new.json"))).toMatchObject({ code: 0 });
      expect((await k.getJson("cm edited-first")).data).toEqual({ a: "2" });
    });

    test("unknown fields are refused or warned of, as --validate says", async () => {
      const odd = { ...aConfigMap("odd", {}), dato: { a: "1" } };
      expect((await k.kubectlWithInput("apply -f -", odd)).stderr).toContain('unknown field "dato"');
      expect(await k.kubectlWithInput("apply --validate=warn -f -", odd)).toMatchObject({ code: 0, stderr: 'Warning: unknown field "dato"\n' });
      expect(await k.kubectlWithInput("apply --validate=ignore -f -", odd)).toMatchObject({ code: 0, stderr: "" });
      expect((await k.kubectlWithInput("create -f -", "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: twice }\ndata: { a: x, a: y }\n")).code).toBe(1);
      expect((await k.kubectlWithInput("create -f -", { apiVersion: "example.com/v1", kind: "Nothing", metadata: { name: "x" } })).stderr).toContain('no matches for kind "Nothing" in version "example.com/v1"');
    });
  });
});
