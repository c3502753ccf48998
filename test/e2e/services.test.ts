/** Services and names as pods meet them, on two nodes: ClusterIP and NodePort for TCP and UDP, DNS, the API server's own service. */
import { get } from "node:http";
import { beforeAll, describe, expect, test } from "vitest";
import { KUBECTL_IMAGE, loadKubectlImage, loadUdpImage, udpClientScript, UDP_IMAGE, udpServerScript } from "./support/images.ts";
import { apply, eventually, getJson, hasContainers, IMAGE, installation, kubectl, tryKubectl, useNamespace } from "./support/shared.ts";

const NS = "services";
const IN = `-n ${NS}`;

/** Answers with its own name over HTTP (8080) and over UDP (5353). */
const server = (name: string, node: string, labels: object = { app: "web" }) => ({
  apiVersion: "v1", kind: "Pod", metadata: { name, namespace: NS, labels },
  spec: { nodeName: node, hostname: name, subdomain: "peers", terminationGracePeriodSeconds: 1, containers: [{
    name: "c", image: UDP_IMAGE, command: ["sh", "-c", 'hostname > /www/index.html; perl -e "$UDP" & exec httpd -f -p 8080 -h /www'], env: [{ name: "UDP", value: udpServerScript(5353) }],
    ports: [{ name: "http", containerPort: 8080 }, { name: "names", containerPort: 5353, protocol: "UDP" }],
    readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
  }] },
});
const client = (name: string, node: string, spec: object = {}) => ({
  apiVersion: "v1", kind: "Pod", metadata: { name, namespace: NS },
  spec: { nodeName: node, terminationGracePeriodSeconds: 0, containers: [{ name: "c", image: IMAGE, command: ["sleep", "100000"] }], ...spec },
});
const service = (name: string, spec: object) => ({ apiVersion: "v1", kind: "Service", metadata: { name, namespace: NS }, spec });

const inPod = async (pod: string, script: string) => (await kubectl(`exec ${pod} ${IN} -- sh -c`, script)).trim();
const httpFrom = (pod: string, url: string) => inPod(pod, `timeout 3 wget -q -O- ${url}`);
const clusterIp = async (name: string): Promise<string> => (await getJson(`service ${name} ${IN}`)).spec.clusterIP;
const podIp = async (name: string): Promise<string> => (await getJson(`pod ${name} ${IN}`)).status.podIP;
const many = <T>(count: number, ask: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: count }, ask));

function fetchText(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = get(url, { agent: false, timeout: 3_000 }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => { text += chunk; }).on("end", () => resolve(text.trim()));
    });
    asked.on("error", reject).on("timeout", () => asked.destroy(new Error(`${url}: no answer`)));
  });
}

describe.skipIf(!hasContainers)("services and names", () => {
  useNamespace(NS);
  beforeAll(async () => {
    if (!hasContainers) return;
    await loadUdpImage(installation.dataDir);
    const selector = { app: "web" };
    await apply({ apiVersion: "v1", kind: "List", items: [
      server("web-0", "node-0"), server("web-1", "node-1"), client("here", "node-0"), client("there", "node-1"),
      client("on-host", "node-0", { hostNetwork: true, dnsPolicy: "ClusterFirstWithHostNet" }),
      service("web", { selector, ports: [{ name: "http", port: 80, targetPort: "http" }, { name: "names", port: 53, targetPort: "names", protocol: "UDP" }] }),
      service("peers", { clusterIP: "None", selector, ports: [{ name: "http", port: 8080 }] }),
      service("sticky", { selector, sessionAffinity: "ClientIP", ports: [{ port: 80, targetPort: 8080 }] }),
      service("outside", { selector, type: "NodePort", ports: [{ name: "http", port: 80, targetPort: 8080, nodePort: 30180 }] }),
      service("alias", { type: "ExternalName", externalName: `web.${NS}.svc.cluster.local` }),
      service("nobody", { selector: { app: "none" }, ports: [{ port: 80 }] }),
    ] });
    await kubectl(`wait pod --all ${IN} --for=condition=Ready --timeout=60s`);
    await eventually(async () => expect((await getJson(`endpoints web ${IN}`)).subsets[0].addresses).toHaveLength(2));
  });

  test("a ClusterIP leads from each node to pods on both", async () => {
    const ip = await clusterIp("web");
    for (const from of ["here", "there", "on-host"]) {
      await eventually(async () => expect(new Set(await many(8, () => httpFrom(from, `http://${ip}/`)))).toEqual(new Set(["web-0", "web-1"])));
    }
  });

  test("a pod reaches itself through its own service", async () => {
    const ip = await clusterIp("web");
    expect(new Set(await many(8, () => httpFrom("web-0", `http://${ip}/`)))).toEqual(new Set(["web-0", "web-1"]));
  });

  test("pods reach each other directly across nodes", async () => {
    expect(await httpFrom("here", `http://${await podIp("web-1")}:8080/`)).toBe("web-1");
    expect(await httpFrom("there", `http://${await podIp("web-0")}:8080/`)).toBe("web-0");
  });

  test("a NodePort answers on both nodes, from outside and from pods", async () => {
    for (const { address } of installation.nodes) {
      expect(new Set(await many(10, () => fetchText(`http://${address}:30180/`)))).toEqual(new Set(["web-0", "web-1"]));
      expect(await httpFrom("here", `http://${address}:30180/`)).toMatch(/^web-/);
    }
  });

  test("session affinity keeps a client with one pod", async () => {
    const ip = await clusterIp("sticky");
    expect(new Set(await many(10, () => httpFrom("here", `http://${ip}/`))).size).toBe(1);
  });

  test("a service with an address of a second ServiceCIDR answers too, and the range goes after it", async () => {
    const range = { apiVersion: "networking.k8s.io/v1", kind: "ServiceCIDR", metadata: { name: "more" }, spec: { cidrs: ["203.0.113.0/24"] } };
    await apply(range);
    await kubectl("wait servicecidr more --for=condition=Ready --timeout=10s");
    await apply(service("elsewhere", { selector: { app: "web" }, clusterIP: "203.0.113.10", ports: [{ port: 80, targetPort: 8080 }] }));
    for (const from of ["here", "there", "on-host"]) await eventually(async () => expect(await httpFrom(from, "http://203.0.113.10/")).toMatch(/^web-/));
    expect((await getJson("ipaddress 203.0.113.10")).spec.parentRef).toEqual({ resource: "services", namespace: NS, name: "elsewhere" });
    await kubectl("delete servicecidr more --wait=false");
    await eventually(async () => expect((await getJson("servicecidr more")).status.conditions[0]).toMatchObject({ type: "Ready", status: "False", reason: "Terminating" }));
    await kubectl(`delete service elsewhere ${IN}`);
    await kubectl("wait servicecidr more --for=delete --timeout=10s");
  });

  test("a service without endpoints refuses at once", async () => {
    const begunMs = Date.now();
    expect((await tryKubectl(`exec here ${IN} -- wget -q -O- http://${await clusterIp("nobody")}/`)).stderr).toContain("refused");
    expect(Date.now() - begunMs).toBeLessThan(3_000);
  });

  describe("DNS", () => {
    const lookUp = (from: string, name: string, type = "") => inPod(from, `nslookup ${type && `-type=${type}`} ${name} | tail -n +3`);

    test.each([
      ["web", "by the search path"], [`web.${NS}`, "with its namespace"], [`web.${NS}.svc`, "with svc"], [`web.${NS}.svc.cluster.local`, "in full"],
    ])("%s answers with the ClusterIP, %s", async (name) => {
      const ip = await clusterIp("web");
      expect(await httpFrom("here", `http://${name}/`)).toMatch(/^web-/);
      if (name.endsWith("local")) expect(await lookUp("there", name)).toContain(`Address: ${ip}`);
    });

    test("a headless service has its pods' addresses, a record for each hostname, and SRV records", async () => {
      const answer = await lookUp("here", `peers.${NS}.svc.cluster.local`);
      for (const name of ["web-0", "web-1"]) {
        const ip = await podIp(name);
        expect(answer).toContain(ip);
        expect(await lookUp("there", `${name}.peers.${NS}.svc.cluster.local`)).toContain(`Address: ${ip}`);
      }
      const srv = await lookUp("here", `_http._tcp.peers.${NS}.svc.cluster.local`, "SRV");
      expect(srv).toContain(`web-0.peers.${NS}.svc.cluster.local`);
      expect(srv).toContain("8080");
      expect(await lookUp("here", `_http._tcp.web.${NS}.svc.cluster.local`, "SRV")).toMatch(new RegExp(`80 web\\.${NS}\\.svc\\.cluster\\.local`));
    });

    test("an ExternalName is an alias; a name that is not there is told at once; addresses have names", async () => {
      expect(await httpFrom("here", "http://alias/")).toMatch(/^web-/);
      expect((await tryKubectl(`exec here ${IN} -- nslookup nothing.${NS}.svc.cluster.local`)).stdout).toContain("NXDOMAIN");
      expect(await lookUp("here", await clusterIp("web"))).toContain(`web.${NS}.svc.cluster.local`);
      expect(await lookUp("here", `${(await podIp("web-0")).replaceAll(".", "-")}.${NS}.pod.cluster.local`)).toContain(await podIp("web-0"));
    });

    test("a pod in the node's network with ClusterFirstWithHostNet knows cluster names", async () => {
      expect(await httpFrom("on-host", `http://web.${NS}/`)).toMatch(/^web-/);
    });

    test("resolv.conf has the search path and ndots", async () => {
      const text = await inPod("here", "cat /etc/resolv.conf");
      expect(text).toContain(`search ${NS}.svc.cluster.local svc.cluster.local cluster.local`);
      expect(text).toContain("options ndots:5");
    });
  });

  describe("UDP", () => {
    const udpFrom = async (pod: string, ip: string, fromPort = 0) => (await kubectl(`exec ${pod} ${IN} -- perl -e`, udpClientScript(ip, 53, fromPort))).trim();

    test("a ClusterIP answers over UDP from both nodes", async () => {
      const ip = await clusterIp("web");
      for (const from of ["web-0", "web-1"]) expect(new Set(await many(10, () => udpFrom(from, ip)))).toEqual(new Set(["web-0", "web-1"]));
    });

    test("a flow from one port moves on when its pod is gone", async () => {
      await apply(server("gone", "node-1", { app: "moving" }));
      await apply(service("moving", { selector: { app: "moving" }, ports: [{ port: 53, targetPort: 5353, protocol: "UDP" }] }));
      await kubectl(`wait pod/gone ${IN} --for=condition=Ready --timeout=30s`);
      const ip = await clusterIp("moving");
      await eventually(async () => expect(await udpFrom("web-0", ip, 4444)).toBe("gone"));
      await apply(server("next", "node-0", { app: "moving" }));
      await kubectl(`wait pod/next ${IN} --for=condition=Ready --timeout=30s`);
      await kubectl(`delete pod gone ${IN} --now`);
      await eventually(async () => expect(await udpFrom("web-0", ip, 4444)).toBe("next"), 10_000);
    });
  });

  describe("the API server's own service", () => {
    beforeAll(async () => { if (hasContainers) await loadKubectlImage(installation.dataDir); });
    const aClient = (name: string, node: string, args: string[], more: object = {}) => ({
      apiVersion: "v1", kind: "Pod", metadata: { name, namespace: NS }, spec: { nodeName: node, restartPolicy: "Never", containers: [{ name: "c", image: KUBECTL_IMAGE, args }], ...more },
    });

    test.each(["node-0", "node-1"])("kubectl inside a pod of %s works with the mounted token and authority alone", async (node) => {
      await kubectl(`create rolebinding ${node}-view ${IN} --clusterrole=view --serviceaccount=${NS}:default`);
      await apply(aClient(`inside-${node}`, node, ["get", "pods", "-o", "name"]));
      await kubectl(`wait pod/inside-${node} ${IN} --for=jsonpath={.status.phase}=Succeeded --timeout=30s`).catch(async (error: Error) => { throw new Error(`${error.message}: ${await kubectl(`logs inside-${node} ${IN}`)}`); });
      expect(await kubectl(`logs inside-${node} ${IN}`)).toContain("pod/web-0\n");
    });

    test("by its name, with the certificate checked, also for a watch", async () => {
      await apply(aClient("by-name", "node-0", ["--server=https://kubernetes.default.svc", "--certificate-authority=/var/run/secrets/kubernetes.io/serviceaccount/ca.crt", `--token=${(await kubectl(`create token default ${IN}`)).trim()}`, "get", "pod", "web-0", "-w", "-o", "name"]));
      await eventually(async () => expect(await kubectl(`logs by-name ${IN}`)).toBe("pod/web-0\n"));
      await kubectl(`label pod web-0 ${IN} touched=yes`);
      await eventually(async () => expect(await kubectl(`logs by-name ${IN}`)).toBe("pod/web-0\npod/web-0\n"));
      await kubectl(`delete pod by-name ${IN} --now`);
    });

    test("what the service account may not do is refused inside as well", async () => {
      await apply(aClient("refused", "node-0", ["get", "secrets"]));
      await eventually(async () => expect(await kubectl(`logs refused ${IN}`)).toContain(`User "system:serviceaccount:${NS}:default" cannot list resource "secrets"`));
    });
  });
});
