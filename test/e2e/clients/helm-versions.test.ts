/** helm 3 and 4, as they come with kubectl 1.33 to 1.36: hooks, definitions, lookup, upgrades that roll back, tests, big releases. Pods run on hollow nodes; helm.test.ts has real ones. */
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { describeVersions } from "../support/versions.ts";

/** Of which the hook's Job counts as done as soon as its pod runs: nothing ends by itself on a hollow node. */
const WEB = {
  "values.yaml": "replicas: 1\ngreeting: hello\nimage: web:1\n",
  "templates/_names.tpl": '{{- define "web.labels" -}}\napp: {{ .Release.Name }}\n{{- end }}\n',
  "templates/config.yaml": `apiVersion: v1
kind: ConfigMap
metadata: { name: {{ .Release.Name }}, labels: { {{ include "web.labels" . }} } }
data:
  greeting: {{ .Values.greeting | quote }}
  before: {{ (lookup "v1" "ConfigMap" .Release.Namespace "given").data.name | default "nothing" | quote }}
  namespaces: {{ gt (len (lookup "v1" "Namespace" "" "").items) 3 | quote }}
  policy: {{ .Capabilities.APIVersions.Has "policy/v1/PodDisruptionBudget" | quote }}
  version: {{ .Capabilities.KubeVersion.Minor | quote }}
`,
  "templates/deployment.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: { name: {{ .Release.Name }} }
spec:
  replicas: {{ .Values.replicas }}
  progressDeadlineSeconds: 5
  selector: { matchLabels: { {{ include "web.labels" . }} } }
  template:
    metadata: { labels: { {{ include "web.labels" . }} } }
    spec: { terminationGracePeriodSeconds: 0, nodeSelector: { {{ if eq .Values.image "bad" }}no: node{{ end }} }, containers: [{ name: web, image: {{ .Values.image | quote }} }] }
`,
  "templates/service.yaml": "apiVersion: v1\nkind: Service\nmetadata: { name: {{ .Release.Name }} }\nspec: { selector: { app: {{ .Release.Name }} }, ports: [{ port: 80 }] }\n",
  ...Object.fromEntries(["pre-install", "post-install", "pre-upgrade", "post-upgrade", "pre-delete", "post-delete", "pre-rollback", "test"].map((when) => [`templates/hook-${when}.yaml`, `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-${when}
  annotations: { helm.sh/hook: ${when}, helm.sh/hook-weight: "1", helm.sh/hook-delete-policy: before-hook-creation }
data: { revision: {{ .Release.Revision | quote }} }
`])),
};

/** helm 3.18, 4.1 and 4.2; v34 brings the same as v35. */
describeVersions("helm", { hollowNodes: 1, versions: ["v33", "v35", "v36"] }, (k) => {
  const chart = (name: string, files: Record<string, string>): string => {
    const folder = join(mkdtempSync(join(k.installation.dataDir, "chart-")), name);
    for (const [path, text] of Object.entries({ "Chart.yaml": `apiVersion: v2\nname: ${name}\nversion: 0.1.0\n`, "values.yaml": "{}\n", ...files })) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return folder;
  };
  const data = async (name: string) => (await k.getJson(`cm ${name}`)).data;

  test("a release's life: install with hooks and lookup, test, upgrade, a failed upgrade rolled back by itself, history, rollback, uninstall", async () => {
    const web = chart("web", WEB);
    await k.kubectl("create configmap given --from-literal=name=given");
    expect(await k.helm(`install web ${web} --dry-run=server`)).toContain("before: \"given\"");
    expect(await k.helm(`install web ${web} --wait --timeout 60s`)).toContain("STATUS: deployed");
    expect(await data("web")).toEqual({ greeting: "hello", before: "given", namespaces: "true", policy: "true", version: "36" });
    expect([await data("web-pre-install"), await data("web-post-install")]).toEqual([{ revision: "1" }, { revision: "1" }]);
    expect((await k.getJson("deployment web")).status.readyReplicas).toBe(1);
    expect(await k.helm("test web --timeout 30s")).toMatch(/Phase:\s+Succeeded/);

    await k.helm(`upgrade web ${web} --set replicas=2,greeting=again --wait --timeout 60s`);
    expect([await data("web"), await data("web-post-upgrade")]).toMatchObject([{ greeting: "again" }, { revision: "2" }]);
    expect(await k.helm("get values web -o json")).toContain('"greeting":"again"');
    expect(await k.helm("get manifest web")).toContain("kind: Deployment");
    expect(await k.helm("get hooks web")).toContain("helm.sh/hook: pre-install");
    expect(await k.helm("status web -o json")).toContain('"status":"deployed"');

    const rollback = k.version === "v33" ? "--atomic" : "--rollback-on-failure"; // helm 3 and 4
    const { code, stderr } = await k.tryHelm(`upgrade web ${web} --set image=bad --reuse-values ${rollback} --timeout 8s`);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringMatching(/web failed, and has been rolled back|rollback-on-failure|has been rolled back/) });
    expect(await k.helm("history web")).toMatch(/3\s.*failed[^]*4\s.*deployed\s.*Rollback to 2/);
    expect((await k.getJson("deployment web")).spec.template.spec.containers[0].image).toBe("web:1");

    await k.helm("rollback web 1 --wait --timeout 60s");
    expect([await data("web"), await data("web-pre-rollback")]).toMatchObject([{ greeting: "hello" }, { revision: "1" }]);
    expect((await k.tryHelm(`install web ${web}`)).stderr).toMatch(/cannot re-?use a name that is still in use/);
    expect(await k.helm("uninstall web --wait --timeout 60s")).toContain('release "web" uninstalled');
    expect(await k.kubectl("get deploy,svc -l app.kubernetes.io/managed-by=Helm -o name")).toBe("");
    expect(await data("web-post-delete")).toBeTruthy();
  });

  test("upgrade --install, with values changed by hand in between; what helm does not own is not taken", async () => {
    const web = chart("web", WEB);
    await k.helm(`upgrade --install by-hand ${web} --wait --timeout 60s`);
    await k.kubectl("patch cm by-hand --type=merge -p", '{"data":{"more":"kept"}}');
    await k.helm(`upgrade --install by-hand ${web} --set greeting=new`);
    expect(await data("by-hand")).toMatchObject({ greeting: "new", more: "kept" });
    await k.kubectl("create service clusterip taken --tcp=80");
    expect((await k.tryHelm(`install taken ${web}`)).stderr).toMatch(/exists and cannot be imported into the current release: invalid ownership metadata|conflict/);
    await k.helm("uninstall by-hand");
  });

  test("a chart brings definitions and objects of them", async () => {
    const group = `${k.version}.helm.example.com`;
    const crd = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: `boats.${group}` }, spec: { group, scope: "Namespaced", names: { plural: "boats", singular: "boat", kind: "Boat" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object", properties: { spec: { type: "object", properties: { sails: { type: "integer" } } } } } } }] } };
    const fleet = (sails: number) => chart("fleet", { "crds/boats.yaml": JSON.stringify(crd), "templates/boat.yaml": `apiVersion: ${group}/v1\nkind: Boat\nmetadata: { name: {{ .Release.Name }} }\nspec: { sails: ${sails} }\n` });
    await k.helm(`install fleet ${fleet(3)}`);
    await k.helm(`upgrade fleet ${fleet(4)}`);
    expect((await k.getJson(`boats.${group} fleet`)).spec.sails).toBe(4);
    await k.helm("uninstall fleet");
    expect(await k.kubectl(`get boats.${group} -o name`)).toBe("");
    await k.kubectl(`delete crd boats.${group}`);
  });

  test("a release of 900 KB is stored and found again; a bigger one than a Secret may be is refused", async () => {
    const noise = (bytes: number) => chart("big", { "templates/config.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: {{ .Release.Name }} }\ndata: { a: {{ .Values.a | default \"small\" }} }\n", "files/noise.txt": randomBytes(bytes * 3 / 4).toString("base64") });
    await k.helm(`install big ${noise(660_000)}`);
    expect(JSON.stringify((await k.getJson("secret sh.helm.release.v1.big.v1")).data).length).toBeGreaterThan(850_000);
    await k.helm(`upgrade big ${noise(660_000)} --set a=second`);
    await k.helm("rollback big 1");
    expect(await data("big")).toEqual({ a: "small" });
    expect(await k.helm("history big -o json")).toContain('"revision":3');
    await k.helm("uninstall big");
    expect((await k.tryHelm(`install toobig ${noise(1_200_000)}`)).stderr).toMatch(/Too long: may not be more than 1048576 bytes|Request entity too large/i);
  });
});
