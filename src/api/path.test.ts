import { describe, expect, test } from "vitest";
import { parsePath } from "./path.ts";

const parse = (line: string) => {
  const [method, url] = line.split(" ") as [string, string];
  const [path, query] = url.split("?") as [string, string | undefined];
  const parsed = parsePath(method, path, query);
  if (parsed.type !== "resource") return parsed.type;
  const { type: _, method: __, query: ___, ...rest } = parsed;
  return rest;
};

describe("resource paths", () => {
  const core = { group: "", version: "v1" };
  test.each([
    ["GET /api/v1/pods", { ...core, verb: "list", resource: "pods" }],
    ["GET /api/v1/pods/", { ...core, verb: "list", resource: "pods" }],
    ["GET /api/v1/pods?watch=1", { ...core, verb: "watch", resource: "pods" }],
    ["GET /api/v1/pods?watch=false", { ...core, verb: "list", resource: "pods" }],
    ["GET /api/v1/namespaces/a/pods", { ...core, verb: "list", resource: "pods", namespace: "a" }],
    ["POST /api/v1/namespaces/a/pods", { ...core, verb: "create", resource: "pods", namespace: "a" }],
    ["DELETE /api/v1/namespaces/a/pods", { ...core, verb: "deletecollection", resource: "pods", namespace: "a" }],
    ["GET /api/v1/namespaces/a/pods/b", { ...core, verb: "get", resource: "pods", namespace: "a", name: "b" }],
    ["PUT /api/v1/namespaces/a/pods/b/status", { ...core, verb: "update", resource: "pods", namespace: "a", name: "b", subresource: "status" }],
    ["PATCH /apis/apps/v1/namespaces/a/deployments/b/scale", { group: "apps", version: "v1", verb: "patch", resource: "deployments", namespace: "a", name: "b", subresource: "scale" }],
    ["GET /apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode", { group: "rbac.authorization.k8s.io", version: "v1", verb: "get", resource: "clusterroles", name: "system:node" }],
    ["GET /api/v1/watch/namespaces/a/pods/b", { ...core, verb: "watch", resource: "pods", namespace: "a", name: "b" }],
    ["POST /api/v1/namespaces/a/pods/b/exec", { ...core, verb: "create", resource: "pods", namespace: "a", name: "b", subresource: "exec" }],
    ["GET /api/v1/namespaces/a/services/https:b:443/proxy/x%20y/z", { ...core, verb: "get", resource: "services", namespace: "a", name: "https:b:443", subresource: "proxy", subpath: "/x%20y/z" }],
    ["HEAD /api/v1/nodes/n/proxy/", { ...core, verb: "get", resource: "nodes", name: "n", subresource: "proxy", subpath: "/" }],
  ])("%s", (line, expected) => expect(parse(line)).toEqual(expected));

  test("a Namespace is in itself, for authorization", () => {
    expect(parse("GET /api/v1/namespaces")).toEqual({ ...core, verb: "list", resource: "namespaces" });
    expect(parse("GET /api/v1/namespaces/a")).toEqual({ ...core, verb: "get", resource: "namespaces", namespace: "a", name: "a" });
    expect(parse("PUT /api/v1/namespaces/a/finalize")).toEqual({ ...core, verb: "update", resource: "namespaces", namespace: "a", name: "a", subresource: "finalize" });
  });
});

test.each(["PUT /api/v1/pods", "PATCH /api/v1/pods", "POST /api/v1/namespaces/a/pods/b", "TRACE /api/v1/pods", "HEAD /api/v1/pods", "POST /api/v1/watch/pods"])(
  "%s is a method that the path does not take", (line) => expect(parse(line)).toBe("method-not-allowed"));

test.each(["GET /", "GET /api", "GET /api/v1", "GET /apis/apps", "GET /apis/apps/v1", "GET /apis/apps/v1/", "GET /version", "GET /api//pods", "GET /api/v1//pods", "GET /api/v1/pods/%ff"])(
  "%s is not a resource path", (line) => expect(parse(line)).toBe("non-resource"));
