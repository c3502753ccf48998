import { describe, expect, test } from "vitest";
import { ApiError } from "../../../lib/errors.ts";
import type { Pod } from "../../types/core-v1.generated.ts";
import { attach, exec, log, portForward, proxy } from "./streams.ts";

const aPod = (containers: string[], more: Record<string, unknown> = {}): Pod => ({
  apiVersion: "v1", kind: "Pod", metadata: { name: "p", namespace: "ns", uid: "u" },
  spec: { containers: containers.map((name) => ({ name, ports: [{ containerPort: 8080 }] })), initContainers: [{ name: "init" }], nodeName: "n1", ...more },
  status: { podIP: "10.1.1.1", podIPs: [{ ip: "10.1.1.1" }] },
});
const ctx = { path: "", method: "GET" } as Parameters<typeof log.connect>[2];
const open = (door: typeof log, pod: Pod, query = "", name?: string) => door.connect(pod, new URLSearchParams(query), { ...ctx, ...(name && { name }) });
function refusal(run: () => unknown): string {
  try { run(); } catch (error) { if (error instanceof ApiError) return `${error.code} ${error.message}`; throw error; }
  return "none";
}

describe("the container of a stream", () => {
  test.each<[string, Pod, string, string]>([
    ["must be named among several", aPod(["a", "b"]), "", "400 a container name must be specified for pod p, choose one of: [init a b]"],
    ["must exist", aPod(["a"]), "container=x", "400 container x is not valid for pod p"],
    ["must be somewhere", aPod(["a"], { nodeName: "" }), "", "400 pod p does not have a host assigned"],
  ])("%s", (_name, pod, query, expected) => {
    expect(refusal(() => open(log, pod, query))).toBe(expected);
  });

  test("is the only one by default, and may be an init container", () => {
    expect(open(log, aPod(["a"]), "follow=true")).toEqual({ node: "n1", open: { type: "logs", container: "a", query: "follow=true", namespace: "ns", pod: "p", uid: "u" } });
    expect(open(log, aPod(["a"]), "container=init").open).toMatchObject({ container: "init" });
  });
});

test.each([
  ["tailLines=-1", "tailLines: Invalid value: -1: must be greater than or equal to 0"],
  ["sinceSeconds=0", "sinceSeconds: Invalid value: 0: must be greater than 0"],
  ["limitBytes=x", 'limitBytes: Invalid value: "x": must be greater than 0'],
  ["sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z", "at most one of `sinceTime` or `sinceSeconds` may be specified"],
])("logs with %s are refused", (query, text) => {
  expect(refusal(() => open(log, aPod(["a"]), query))).toContain(text);
});

test("exec carries its command and channels", () => {
  expect(open(exec, aPod(["a"]), "command=sh&command=-c&stdin=true&stdout=1&tty=false").open)
    .toMatchObject({ type: "exec", command: ["sh", "-c"], stdin: true, stdout: true, stderr: false, tty: false });
  expect(refusal(() => open(exec, aPod(["a"]), "stdout=1"))).toContain("at least one command");
  expect(refusal(() => open(attach, aPod(["a"]), ""))).toContain("at least 1 of stdin, stdout, stderr");
});

test("port-forward leads into the pod", () => {
  expect(open(portForward, aPod(["a"]), "ports=80").open).toEqual({ type: "dial", port: 80, namespace: "ns", pod: "p", uid: "u" });
  expect(refusal(() => open(portForward, aPod(["a"]), "ports=99999"))).toContain("400");
});

describe("the proxy", () => {
  test.each([["p", 8080, false], ["p:9090", 9090, false], ["https:p:443", 443, true], ["http:p:", 8080, false]] as const)("%s leads to port %i", (name, port, tls) => {
    expect(open(proxy, aPod(["a"]), "", name)).toEqual({ node: "n1", open: { type: "dial-address", host: "10.1.1.1", port, ...(tls && { tls }) } });
    expect(proxy.objectName!(name)).toBe("p");
  });

  test("does not lead to a node's own addresses", () => {
    for (const ip of ["127.0.0.1", "169.254.169.254", "::1", ""]) {
      const pod = { ...aPod(["a"]), status: { podIP: ip, podIPs: [{ ip }] } };
      expect(refusal(() => open(proxy, pod, "", "p"))).toBe("400 address not allowed");
    }
  });
});
