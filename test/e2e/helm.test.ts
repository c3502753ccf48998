/** helm with pods that run: hooks, readiness, tests. What needs no container is in clients/helm-versions.test.ts. */
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

  test("a failed hook fails the release, and says so", async () => {
    const broken = chart("broken", { "templates/hook.yaml": hook("fails", "pre-install", "exit 1") });
    const { code, stderr } = await tryHelm(`install broken ${broken} ${IN} --timeout 30s`);
    expect(code).toBe(1);
    expect(stderr).toMatch(/failed pre-install|pod broken-fails failed/);
    expect(await helm(`list ${IN} --failed -q`)).toBe("broken\n");
    await helm(`uninstall broken ${IN}`);
  });
});
