/** kubectl of four versions reads: output formats, selectors, watches, explain, discovery, who may do what, certificates, custom resources. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { beforeAll, describe, expect, test } from "vitest";
import { describeVersions } from "../support/versions.ts";

const aConfigMap = (name: string, data: Record<string, string>, metadata: object = {}) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, ...metadata }, data });

describeVersions("kubectl", {}, (k) => {
  const own = (name: string) => `${name}-${k.version}`; // of the cluster's, which the versions share

  describe("get", () => {
    beforeAll(async () => {
      await k.apply({ apiVersion: "v1", kind: "List", items: [3, 1, 2].map((n) => aConfigMap(`read-${n}`, { order: `${4 - n}` }, { labels: { read: n === 2 ? "some" : "other" } })) });
    });

    test.each([
      ["-o name", /^configmap\/read-1\nconfigmap\/read-2\nconfigmap\/read-3\n$/],
      ["-o jsonpath={.items[*].data.order}", /^3 2 1$/],
      ["-o jsonpath={range\u00a0.items[?(@.data.order==\"1\")]}{.metadata.name}{end}", /^read-3$/],
      ["-o custom-columns=NAME:.metadata.name,ORDER:.data.order", /^NAME\s+ORDER\nread-1\s+3\n/],
      ["-o go-template={{range.items}}{{.metadata.name}};{{end}}", /^read-1;read-2;read-3;$/],
      ["--sort-by=.data.order --no-headers", /^read-3.*\nread-2.*\nread-1/],
      ["--chunk-size=1 --no-headers", /^(read-.*\n){3}$/],
      ["--chunk-size=2 -o name", /^(configmap\/read-.*\n){3}$/],
      ["-o wide", /^NAME\s+DATA\s+AGE\nread-1\s+1\s+\d+[ms]/],
      ["--show-labels", /read-2 .*read=some/],
      ["-L read", /READ\n/],
      ["--field-selector=metadata.name=read-2 -o name", /^configmap\/read-2\n$/],
      ["--field-selector=metadata.name!=read-2 -o name", /^configmap\/read-1\nconfigmap\/read-3\n$/],
      ["-o yaml", /^apiVersion: v1\nitems:\n- apiVersion: v1\n {2}data:/],
      ["-A -o name", /read-1/],
      ["--show-kind", /configmap\/read-1/],
      ["-o kyaml", /"?kind"?: "List"|unable to match a printer/],
    ])("%s", async (args, shape) => {
      const { stdout, stderr } = await k.tryKubectl("get cm -l read", ...args.split(" ").map((word) => word.replaceAll("\u00a0", " ")));
      expect(stdout + stderr).toMatch(shape);
    });

    test("selectors by set; several kinds at once; by file; what is not there", async () => {
      expect(await k.kubectl("get cm -o name -l", "read in (some,none), read notin (other), !absent")).toBe("configmap/read-2\n");
      expect(await k.kubectl("get cm/read-1 sa/default -o name")).toBe("configmap/read-1\nserviceaccount/default\n");
      expect((await k.kubectlWithInput("get -o name -f -", aConfigMap("read-1", {}))).stdout).toBe("configmap/read-1\n");
      expect(await k.kubectl("get cm nothing --ignore-not-found")).toBe("");
      expect((await k.tryKubectl("get cm read-1 nothing")).stderr).toBe('Error from server (NotFound): configmaps "nothing" not found\n');
      expect((await k.tryKubectl("get unicorns")).stderr).toBe(`error: the server doesn't have a resource type "unicorns"\n`);
      expect((await k.tryKubectl("get secrets -l none=none")).stderr).toContain(`No resources found in ${k.namespace} namespace.`);
      expect((await k.tryKubectl("get pods --field-selector=spec.colour=blue")).stderr).toMatch(/BadRequest.*field label not supported: spec.colour/);
      expect(await k.kubectl("get --raw /api/v1/namespaces/default")).toContain('"kind":"Namespace"');
    });

    test("a watch shows what is there and what follows, also as JSON; --watch-only only what follows", async () => {
      const start = (line: string) => k.start(`get cm -l watched ${line}`);
      const [all, later, json] = [start("-w --output-watch-events"), start("--watch-only --output-watch-events"), start("-w -o json")];
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      await k.apply(aConfigMap("seen", { a: "1" }, { labels: { watched: "yes" } }));
      await k.kubectl("label cm seen watched-"); // leaves the selection
      for (const watch of [all, later]) {
        await watch.until(/ADDED\s+seen/);
        await watch.until(/DELETED\s+seen/);
        await watch.stop();
      }
      await json.until(/"name": "seen"/);
      await json.stop();
    });
  });

  test("explain: fields with their descriptions, nested, recursive, of another version, as raw OpenAPI", async () => {
    expect(await k.kubectl("explain pod.spec.containers.livenessProbe.httpGet")).toMatch(/FIELD: httpGet <HTTPGetAction>[^]*path\t<string>\n {4}\S+/);
    expect(await k.kubectl("explain deployment")).toMatch(/GROUP: {6}apps\nKIND: {7}Deployment\nVERSION: {4}v1\n\nDESCRIPTION:\n {4}\S+/);
    expect(await k.kubectl("explain deployments --recursive")).toMatch(/strategy\t<DeploymentStrategy>\n {6}rollingUpdate\t<RollingUpdateDeployment>\n {8}maxSurge\t<IntOrString>/);
    expect(await k.kubectl("explain pod.spec.restartPolicy")).toMatch(/enum: Always, Never, OnFailure|ENUM:\n {4}Always\n {4}Never\n {4}OnFailure/i);
    expect(await k.kubectl("explain hpa.spec --api-version=autoscaling/v1")).toContain("targetCPUUtilizationPercentage");
    expect((await k.tryKubectl("explain pod.spec.nothing")).stderr).toContain('field "nothing" does not exist');
    expect((await k.tryKubectl("explain unicorns")).stderr).toContain(`the server doesn't have a resource type "unicorns"`);
    expect(await k.kubectl("explain ingress.spec --output=plaintext-openapiv2")).toContain("ingressClassName");
  });

  test("api-resources, api-versions, version, cluster-info", async () => {
    expect(await k.kubectl("api-resources --verbs=list --namespaced=false -o name")).toContain("customresourcedefinitions.apiextensions.k8s.io\n");
    expect(await k.kubectl("api-resources --api-group=apps -o wide --no-headers --sort-by=name")).toMatch(/^controllerrevisions\s+apps\/v1\s+true\s+ControllerRevision\s+create,delete,deletecollection,get,list,patch,update,watch\s*\n[^]*deployments\s+deploy\s+apps\/v1\s+true\s+Deployment\s+\S+\s+all\n/);
    expect(await k.kubectl("api-resources --categories=all -o name")).toMatch(/pods\n[^]*statefulsets.apps\n/);
    expect(await k.kubectl("api-versions")).toMatch(/^admissionregistration.k8s.io\/v1\n[^]*apps\/v1\n[^]*\nv1\n$/);
    expect(await k.kubectl("version -o json")).toMatch(/"serverVersion": \{[^}]*"minor": "36"/);
    expect(await k.kubectl("cluster-info")).toContain(k.installation.origin);
    const dump = mkdtempSync(join(k.installation.dataDir, "dump-"));
    await k.kubectl(`cluster-info dump --output-directory=${dump}`);
    expect(execFileSync("ls", [dump], { encoding: "utf8" })).toContain("nodes.json");
  });

  describe("who may do what", () => {
    test("whoami, can-i, --list, --as, --as-group, --as-uid, tokens, reconcile", async () => {
      expect(await k.kubectl("auth whoami -o jsonpath={.status.userInfo.groups}")).toContain("system:masters");
      expect(await k.kubectl("auth whoami")).toMatch(/^ATTRIBUTE\s+VALUE\nUsername\s+/);
      expect(JSON.parse(await k.kubectl("auth whoami --as=jane --as-group=crew --as-uid=7 -o json")).status.userInfo).toEqual({ username: "jane", groups: ["crew", "system:authenticated"], uid: "7" });
      expect(await k.kubectl("auth can-i create pods")).toBe("yes\n");
      expect(await k.kubectl("auth can-i * *")).toBe("yes\n");
      await k.kubectl("create serviceaccount reader");
      const as = `--as=system:serviceaccount:${k.namespace}:reader`;
      expect(await k.tryKubectl(`auth can-i list configmaps ${as}`)).toMatchObject({ code: 1, stdout: "no\n" });
      const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata: { name: "reader", namespace: k.namespace }, rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["list"] }] };
      expect((await k.kubectlWithInput("auth reconcile -f -", role)).stdout).toContain("role.rbac.authorization.k8s.io/reader reconciled");
      expect((await k.kubectlWithInput("auth reconcile -f -", { ...role, rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }] })).stdout).toContain("reconciled");
      await k.kubectl(`create rolebinding reader --role=reader --serviceaccount=${k.namespace}:reader`);
      expect(await k.kubectl(`auth can-i list configmaps ${as}`)).toBe("yes\n");
      expect(await k.kubectl(`auth can-i --list ${as}`)).toMatch(/configmaps\s+\[\]\s+\[\]\s+\[list get\]|configmaps\s+\[\]\s+\[\]\s+\[get list\]/);
      expect(await k.tryKubectl(`auth can-i get /logs --as=jane`)).toMatchObject({ code: 1 });
      const token = (await k.kubectl("create token reader --duration=10m")).trim();
      const plain = `--kubeconfig=/dev/null --server=${k.installation.origin} --insecure-skip-tls-verify --token=${token}`;
      expect(await k.kubectl(`get cm -o name ${plain}`)).toContain("configmap/kube-root-ca.crt");
      expect((await k.tryKubectl(`get secrets ${plain}`)).stderr).toBe(`Error from server (Forbidden): secrets is forbidden: User "system:serviceaccount:${k.namespace}:reader" cannot list resource "secrets" in API group "" in the namespace "${k.namespace}"\n`);
      expect((await k.tryKubectl(`get cm --as=root ${plain}`)).stderr).toContain(`is forbidden: User "system:serviceaccount:${k.namespace}:reader" cannot impersonate`);
      expect((await k.tryKubectl(`get cm --kubeconfig=/dev/null --server=${k.installation.origin} --insecure-skip-tls-verify --token=wrong`)).stderr).toContain("You must be logged in to the server");
    });

    test("a certificate signing request, approved, makes a client certificate that the server knows; another is denied", async () => {
      const at = mkdtempSync(join(k.installation.dataDir, "csr-"));
      execFileSync("openssl", ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", `/O=crew/CN=${own("jane")}`, "-keyout", join(at, "key"), "-out", join(at, "csr")], { stdio: "ignore" });
      const request = execFileSync("base64", ["-w0", join(at, "csr")], { encoding: "utf8" });
      const csr = (name: string) => ({ apiVersion: "certificates.k8s.io/v1", kind: "CertificateSigningRequest", metadata: { name: own(name) }, spec: { request, signerName: "kubernetes.io/kube-apiserver-client", usages: ["client auth"], expirationSeconds: 3600 } });
      await k.apply(csr("jane"));
      await k.apply(csr("denied"));
      expect(await k.kubectl(`get csr ${own("jane")}`)).toMatch(/kubernetes.io\/kube-apiserver-client\s+\S+\s+60m\s+Pending/);
      expect(await k.kubectl(`certificate approve ${own("jane")}`)).toContain("approved");
      expect(await k.kubectl(`certificate deny ${own("denied")}`)).toContain("denied");
      await k.kubectl(`wait csr/${own("jane")} --for=jsonpath={.status.certificate} --timeout=20s`);
      writeFileSync(join(at, "crt"), Buffer.from((await k.getJson(`csr ${own("jane")}`)).status.certificate, "base64"));
      expect(execFileSync("openssl", ["x509", "-noout", "-subject", "-in", join(at, "crt")], { encoding: "utf8" })).toMatch(new RegExp(`O ?= ?crew, ?CN ?= ?${own("jane")}`));
      expect(await k.kubectl(`get csr ${own("denied")} -o jsonpath={.status.conditions[*].type}`)).toBe("Denied");
      expect(await k.kubectl(`get csr ${own("jane")}`)).toContain("Approved,Issued");
    });
  });

  test("a custom resource: explain, columns, validation, selectable fields, scale, edit of status, and gone with its definition", async () => {
    const [plural, group] = ["ships", `${k.version}.sea.example.com`];
    const ship = (spec: object, name = "argo") => ({ apiVersion: `${group}/v1`, kind: "Ship", metadata: { name }, spec });
    await k.apply({
      apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: `${plural}.${group}` },
      spec: { group, scope: "Namespaced", names: { plural, singular: "ship", kind: "Ship", shortNames: ["sh"], categories: ["fleet"] }, versions: [{
        name: "v1", served: true, storage: true, selectableFields: [{ jsonPath: ".spec.flag" }],
        additionalPrinterColumns: [{ name: "Masts", type: "integer", jsonPath: ".spec.masts" }],
        subresources: { status: {}, scale: { specReplicasPath: ".spec.masts", statusReplicasPath: ".status.masts" } },
        schema: { openAPIV3Schema: { type: "object", description: "A ship at sea.", properties: {
          spec: { type: "object", required: ["masts"], "x-kubernetes-validations": [{ rule: "self.masts < 9 || self.flag != 'white'", message: "big ships show colours" }],
            properties: { masts: { type: "integer", minimum: 1, description: "How many masts it has." }, flag: { type: "string", default: "white" } } },
          status: { type: "object", properties: { masts: { type: "integer" } } },
        } } },
      }] },
    });
    await k.kubectl(`wait --for=condition=Established crd/${plural}.${group} --timeout=20s`);
    expect(await k.apply(ship({ masts: 3 }))).toContain("created");
    expect(await k.kubectl(`get ${plural}.${group}`)).toMatch(/^NAME\s+MASTS\nargo\s+3\n$/);
    expect(await k.kubectl(`explain ship.spec.masts --api-version=${group}/v1`)).toMatch(/FIELD: masts <integer>[^]*How many masts it has/);
    expect((await k.kubectlWithInput("apply -f -", ship({ masts: 0 }))).stderr).toContain("spec.masts: Invalid value: 0: spec.masts in body should be greater than or equal to 1");
    expect((await k.kubectlWithInput("apply -f -", ship({ masts: 9 }))).stderr).toContain("big ships show colours");
    expect((await k.kubectlWithInput("apply -f -", ship({ masts: 3, oars: 2 }))).stderr).toContain('unknown field "spec.oars"');
    await k.apply(ship({ masts: 2, flag: "black" }, "pequod"), "--server-side");
    expect(await k.kubectl(`get ${plural}.${group} --field-selector=spec.flag=black -o name`)).toBe(`ship.${group}/pequod\n`);
    await k.kubectl(`scale ${plural}.${group}/argo --replicas=4`);
    await k.kubectl(`patch ${plural}.${group} argo --subresource=status --type=merge -p`, '{"status":{"masts":4},"spec":{"masts":1}}');
    expect((await k.getJson(`${plural}.${group} argo`))).toMatchObject({ spec: { masts: 4, flag: "white" }, status: { masts: 4 } });
    expect(await k.kubectl(`wait ${plural}.${group}/argo --for=jsonpath={.status.masts}=4 --timeout=10s`)).toContain("condition met");
    expect((await k.tryKubectl(`patch ${plural}.${group} argo -p`, '{"spec":{"masts":5}}')).stderr).toMatch(/application\/strategic-merge-patch\+json is not supported by .* accepted media types include: application\/json-patch\+json, application\/merge-patch\+json, application\/apply-patch\+yaml/);
    await k.kubectl(`delete crd ${plural}.${group} --timeout=30s`);
    expect((await k.tryKubectl(`get ${plural}.${group}`)).stderr).toContain("the server doesn't have a resource type");
  });

  describe("delete", () => {
    test("by label, all of a kind, by file, with --wait=false held by a finalizer, waited for", async () => {
      for (const name of ["d1", "d2", "d3"]) await k.apply(aConfigMap(name, {}, { labels: name === "d3" ? {} : { going: "yes" } }));
      expect(await k.kubectl("delete cm -l going")).toMatch(/"d1" deleted.*\n.*"d2" deleted/);
      expect((await k.kubectlWithInput("delete -f -", aConfigMap("d3", {}))).stdout).toContain('"d3" deleted');
      expect(await k.kubectl("delete cm d3 --ignore-not-found")).toBe("");
      await k.apply(aConfigMap("held", {}, { finalizers: ["example.com/hold"] }));
      await k.kubectl("delete cm held --wait=false");
      const waiting = k.kubectl("wait cm/held --for=delete --timeout=20s");
      expect((await k.tryKubectl("delete cm held --timeout=1s")).stderr).toContain("timed out waiting for the condition");
      await k.kubectl("patch cm held --type=merge -p", '{"metadata":{"finalizers":null}}');
      await waiting;
      expect(await k.kubectl("delete cm --all --dry-run=server")).toContain("deleted");
      expect((await k.tryKubectl("delete cm read-1 --raw=/x")).code).toBe(1);
    });

    test("a namespace with its content", async () => {
      await k.kubectl(`create namespace ${own("going")}`);
      await k.kubectl(`create configmap inside -n ${own("going")}`);
      expect(await k.kubectl(`delete namespace ${own("going")} --timeout=30s`)).toContain("deleted");
      expect((await k.tryKubectl(`get namespace ${own("going")}`)).stderr).toContain(`namespaces "${own("going")}" not found`);
    });
  });

  test("proxy serves the API to clients without credentials", async () => {
    const socket = join(k.installation.dataDir, `${k.version}.sock`);
    const proxy = k.start(`proxy --unix-socket=${socket}`);
    await proxy.until(/Starting to serve/);
    const answer = await new Promise<string>((resolve, reject) => {
      get({ socketPath: socket, path: "/version", agent: false }, (response) => { void text(response).then(resolve, reject); }).on("error", reject);
    });
    expect(JSON.parse(answer)).toMatchObject({ gitVersion: expect.stringMatching(/^v1\.36\./) });
    await proxy.stop();
  });

  test("top says what is missing where nothing measures", async () => {
    expect(await k.tryKubectl("top nodes")).toMatchObject({ code: 1, stderr: "error: Metrics API not available\n" });
    expect(await k.tryKubectl("top pods")).toMatchObject({ code: 1, stderr: "error: Metrics API not available\n" });
  });
});
