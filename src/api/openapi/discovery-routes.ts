import { groupId, groupTag, tagOf, type Operation, type Route } from "./routes.ts";

/**
 * What tells of the API rather than being part of it: groups, versions and their resources, the server's version, the
 * issuer of service account tokens. Upstream publishes a document for each of them beside those of the group versions.
 */
export function routesOfPath(path: string): Route[] {
  const fixed = FIXED[path];
  if (fixed) return [reading(path, fixed)];
  const [root, group, version] = path.split("/");
  if (root === "api" && group) return [resourcesOf("", group)];
  if (root === "apis" && group) return [version ? resourcesOf(group, version) : groupOf(group)];
  return [];
}

export const fixedPaths: readonly string[] = [".well-known/openid-configuration", "api", "apis", "openid/v1/jwks", "version"];

interface Reading { id: string; tag: string; type?: string; mediaTypes?: string[] }

const meta = "io.k8s.apimachinery.pkg.apis.meta.v1.";
const FIXED: Readonly<Record<string, Reading>> = {
  "api": { id: "getCoreAPIVersions", tag: "core", type: `${meta}APIVersions` },
  "apis": { id: "getAPIVersions", tag: "apis", type: `${meta}APIGroupList` },
  "version": { id: "getCodeVersion", tag: "version", type: "io.k8s.apimachinery.pkg.version.Info" },
  ".well-known/openid-configuration": { id: "getServiceAccountIssuerOpenIDConfiguration", tag: "WellKnown" },
  "openid/v1/jwks": { id: "getServiceAccountIssuerOpenIDKeyset", tag: "openid", mediaTypes: ["application/jwk-set+json"] },
};

const groupOf = (group: string): Route =>
  reading(`apis/${group}`, { id: `get${groupId({ group, version: "" })}APIGroup`, tag: groupTag(group), type: `${meta}APIGroup` });

const resourcesOf = (group: string, version: string): Route =>
  reading(group ? `apis/${group}/${version}` : `api/${version}`, { id: `get${groupId({ group, version })}APIResources`, tag: tagOf({ group, version }), type: `${meta}APIResourceList` });

function reading(path: string, { id, tag, type, mediaTypes = ["application/json"] }: Reading): Route {
  const read: Operation = { method: "get", id, tag, parameters: [], responses: [{ code: 200, ...(type && { type }) }], mediaTypes };
  return { path: `/${path}/`, parameters: [], operations: [read] };
}
