/** helm with charts as they come: hooks, custom resource definitions, values, a release too big for one packet, history and its ends. */
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { getJson, hasContainers, helm, IMAGE, installation, kubectl, tryHelm, tryKubectl, useNamespace } from "./support/shared.ts";

const NS = "charts";
const IN = `-n ${NS}`;

function chart(name: string, files: Record<string, string>): string {
  const folder = join(mkdtempSync(join(installation.dataDir, "chart-")), name);
  const all = { "Chart.yaml": `apiVersion: v2\nname: ${name}\nversion: 0.1.0\nappVersion: "1"\n`, "values.yaml": "{}\n", ...files };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const hook = (name: string, when: string, script: string) => `apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}-${name}
  annotations: { helm.sh/hook: ${when}, helm.sh/hook-delete-policy: before-hook-creation }
spec:
  restartPolicy: Never
  containers: [{ name: c, image: ${IMAGE}, command: [sh, -c, "${script}"] }]
`;

const WEB = {
  "values.yaml": "replicas: 1\ngreeting: hello\n",
  "templates/config.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: {{ .Release.Name }} }\ndata: { greeting: {{ .Values.greeting | quote }} }\n",
  "templates/deployment.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: { name: {{ .Release.Name }} }
spec:
  replicas: {{ .Values.replicas }}
  selector: { matchLabels: { app: {{ .Release.Name }} } }
  template:
    metadata: { labels: { app: {{ .Release.Name }} } }
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{ name: web, image: ${IMAGE}, command: [httpd, -f, -p, "8080", -h, /www], readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 } }]
`,
  "templates/service.yaml": "apiVersion: v1\nkind: Service\nmetadata: { name: {{ .Release.Name }} }\nspec: { selector: { app: {{ .Release.Name }} }, ports: [{ port: 80, targetPort: 8080 }] }\n",
  "templates/hook.yaml": hook("before", "pre-install", "echo before"),
  "templates/test.yaml": hook("test", "test", "timeout 5 wget -q -O- http://{{ .Release.Name }}/"),
};

describe.skipIf(!hasContainers)("helm", () => {
  useNamespace(NS);
  let web: string;
  beforeAll(() => { if (hasContainers) web = chart("web", WEB); });

  test("install waits for hooks and readiness; test, upgrade, history, rollback, uninstall", async () => {
    const greeting = async () => (await getJson(`cm web ${IN}`)).data.greeting;
    expect(await helm(`install web ${web} ${IN} --wait --timeout 60s`)).toContain("STATUS: deployed");
    expect((await getJson(`pod web-before ${IN}`)).status.phase).toBe("Succeeded");
    expect((await getJson(`deployment web ${IN}`)).status.readyReplicas).toBe(1);
    expect(await helm(`test web ${IN} --logs`)).toMatch(/Phase:\s+Succeeded[^]*Isopod/);

    await helm(`upgrade web ${web} ${IN} --set replicas=2,greeting=again --wait --timeout 60s`);
    expect(await greeting()).toBe("again");
    expect(await helm(`list ${IN} -o json`)).toContain('"revision":"2"');
    expect(await helm(`get values web ${IN} -o json`)).toContain('"greeting":"again"');
    expect(await helm(`get manifest web ${IN}`)).toContain("kind: Deployment");

    await helm(`rollback web 1 ${IN} --wait --timeout 60s`);
    expect(await greeting()).toBe("hello");
    expect(await helm(`history web ${IN}`)).toMatch(/3\s.*deployed\s.*Rollback to 1/);
    expect((await tryHelm(`install web ${web} ${IN}`)).stderr).toContain("cannot reuse a name that is still in use");

    expect(await helm(`uninstall web ${IN} --wait --timeout 60s`)).toContain('release "web" uninstalled');
    expect(await kubectl(`get deploy,svc,cm ${IN} -l app.kubernetes.io/managed-by=Helm -o name`)).toBe("");
    expect((await tryKubectl(`get deployment web ${IN}`)).stderr).toContain("NotFound");
  });

  test("a chart brings definitions and objects of them", async () => {
    const crd = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: "boats.helm.example.com" }, spec: { group: "helm.example.com", scope: "Namespaced", names: { plural: "boats", singular: "boat", kind: "Boat" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object", properties: { spec: { type: "object", properties: { sails: { type: "integer" } } } } } } }] } };
    const fleet = chart("fleet", { "crds/boats.yaml": JSON.stringify(crd), "templates/boat.yaml": "apiVersion: helm.example.com/v1\nkind: Boat\nmetadata: { name: {{ .Release.Name }} }\nspec: { sails: 3 }\n" });
    await helm(`install fleet ${fleet} ${IN}`);
    expect((await getJson(`boat fleet ${IN}`)).spec.sails).toBe(3);
    await helm(`uninstall fleet ${IN}`);
    expect(await kubectl(`get boats ${IN} -o name`)).toBe("");
    await kubectl("delete crd boats.helm.example.com");
  });

  test("a failed hook fails the release, and says so", async () => {
    const broken = chart("broken", { "templates/hook.yaml": hook("fails", "pre-install", "exit 1") });
    const { code, stderr } = await tryHelm(`install broken ${broken} ${IN} --timeout 30s`);
    expect(code).toBe(1);
    expect(stderr).toMatch(/failed pre-install|pod broken-fails failed/);
    expect(await helm(`list ${IN} --failed -q`)).toBe("broken\n");
    await helm(`uninstall broken ${IN}`);
  });

  test("a release of 900 KB is stored and found again; a bigger one than a Secret may be is refused in helm's words", async () => {
    const noise = (bytes: number) => chart("big", { "templates/config.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: {{ .Release.Name }} }\ndata: { a: small }\n", "files/noise.txt": randomBytes(bytes * 3 / 4).toString("base64") });
    // The chart goes gzipped and base64-encoded, twice, into a Secret of 1 MiB at most.
    await helm(`install big ${noise(660_000)} ${IN}`);
    const size = JSON.stringify((await getJson(`secret sh.helm.release.v1.big.v1 ${IN}`)).data).length;
    expect(size).toBeGreaterThan(850_000);
    expect(await helm(`list ${IN} -q`)).toContain("big");
    await helm(`uninstall big ${IN}`);
    expect((await tryHelm(`install toobig ${noise(1_200_000)} ${IN}`)).stderr).toMatch(/Too long: may not be more than 1048576 bytes|Request entity too large/i);
  });
});
