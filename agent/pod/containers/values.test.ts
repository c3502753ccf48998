import { expect, test } from "vitest";
import { aPod } from "../test-pod.ts";
import { qosClass, oomScoreAdjust } from "../resources/qos.ts";
import { fieldValue, resourceValue } from "./downward.ts";
import { imageHost, matchingCredentials, normalizeImage, pullCredentials } from "./image-name.ts";
import { serviceVariables } from "./service-variables.ts";

test("images get the latest tag unless tagged or digested, and nonsense is none", () => {
  expect(normalizeImage("busybox")).toBe("busybox:latest");
  expect(normalizeImage("host:5000/a/b:1")).toBe("host:5000/a/b:1");
  expect(normalizeImage(`a@sha256:${"0".repeat(64)}`)).toBe(`a@sha256:${"0".repeat(64)}`);
  for (const bad of ["", "Upper", "a b", "a::b", "https://a"]) expect(normalizeImage(bad)).toBeUndefined();
  expect(imageHost("library/busybox:1")).toBe("docker.io");
  expect(imageHost("localhost:5000/x:1")).toBe("localhost:5000");
});

test("credentials fit by host, glob and path, the most particular first", () => {
  const secret = (auths: object) => pullCredentials({ ".dockerconfigjson": Buffer.from(JSON.stringify({ auths })).toString("base64") });
  const all = secret({ "https://index.docker.io/v1/": { username: "hub" }, "r.example:5000": { username: "host" }, "r.example:5000/team": { username: "team" }, "*.example.com": { username: "glob" } });
  const users = (image: string) => matchingCredentials(all, image).map((c) => c.username);
  expect(users("busybox:1")).toEqual(["hub"]);
  expect(users("r.example:5000/team/app:1")).toEqual(["team", "host"]);
  expect(users("r.example:5000/other:1")).toEqual(["host"]);
  expect(users("a.example.com/x:1")).toEqual(["glob"]);
  expect(users("a.b.example.com/x:1")).toEqual([]);
  expect(pullCredentials({ ".dockerconfigjson": "bm8=" })).toEqual([]);
});

test("services are told in variables, the API's own even from another namespace", () => {
  const api = { metadata: { name: "kubernetes", namespace: "default" }, spec: { clusterIP: "10.96.0.1", ports: [{ name: "https", port: 443 }] } };
  const db = { metadata: { name: "my-db", namespace: "ns" }, spec: { clusterIP: "10.96.0.7", ports: [{ port: 53, protocol: "UDP" }] } };
  const all = serviceVariables([api, db], "ns", true);
  expect(all.get("KUBERNETES_SERVICE_PORT_HTTPS")).toBe("443");
  expect(all.get("MY_DB_PORT_53_UDP")).toBe("udp://10.96.0.7:53");
  expect([...serviceVariables([api, db], "ns", false).keys()].some((k) => k.startsWith("MY_DB"))).toBe(false);
});

test("a pod knows its fields, and limits default to what the node has", () => {
  const pod = aPod({ containers: [{ name: "c", image: "x", resources: { requests: { cpu: "250m", memory: "100Mi" } } }] });
  pod.metadata.labels = { b: "2", a: 'x"y' };
  const at = { hostIps: ["192.0.2.1"], podIps: ["10.0.0.1", "fd00::1"] };
  expect(fieldValue(pod, "metadata.labels", at)).toBe('a="x\\"y"\nb="2"');
  expect(fieldValue(pod, "metadata.labels['b']", at)).toBe("2");
  expect(fieldValue(pod, "status.podIPs", at)).toBe("10.0.0.1,fd00::1");
  const resource = (name: string, divisor?: string) => resourceValue(pod, pod.spec.containers[0], { resource: name, ...(divisor && { divisor }) }, { cpu: "2", memory: "8Gi" });
  expect(resource("limits.cpu")).toBe("2");
  expect(resource("requests.cpu")).toBe("1");
  expect(resource("requests.cpu", "1m")).toBe("250");
  expect(resource("requests.memory", "1Mi")).toBe("100");
});

test("quality of service and who is killed first", () => {
  const same = { cpu: "1", memory: "1Gi" };
  const withResources = (resources: object) => aPod({ containers: [{ name: "c", image: "x", resources }] });
  expect(qosClass(aPod())).toBe("BestEffort");
  expect(qosClass(withResources({ limits: same }))).toBe("Guaranteed");
  expect(qosClass(withResources({ limits: same, requests: { ...same, cpu: "500m" } }))).toBe("Burstable");
  const burstable = withResources({ requests: { memory: "2G" } });
  expect(oomScoreAdjust(burstable, burstable.spec.containers[0]!, 8e9)).toBe(750);
});
