import type { Kind } from "../../kinds/kind.ts";
import { addCustomDefinitions } from "./custom-definitions.ts";
import { Definitions, type Descriptions, type GroupVersion, type Json } from "./definitions.ts";
import type { Parameter } from "./parameters.ts";
import { fixedPaths, routesOfPath } from "./discovery-routes.ts";
import { routesOf, tagOf, type Operation, type Route } from "./routes.ts";
import { statusText } from "./v3.ts";

/** The OpenAPI v2 (Swagger) document of everything that is served, in one. Old kubectls and Argo CD read it. */
export function openApiV2(kinds: readonly Kind[], descriptions: Descriptions = {}, briefly: readonly Kind[] = []): Json {
  const served = servedBy(kinds);
  const definitions = new Definitions("v2", served, descriptions);
  const paths: Record<string, Json> = {};
  const add = (routes: readonly Route[], tag: string) => {
    for (const route of routes) paths[route.path] = pathItem(route, tag, definitions);
  };
  for (const path of new Set([...fixedPaths, ...served.flatMap(pathsOf)])) add(routesOfPath(path), "");
  for (const kind of kinds) {
    for (const version of kind.versions.filter((v) => v.served !== false)) {
      if (!version.type) addCustomDefinitions(definitions, "v2", kind, version);
      add(routesOf(kind, version), tagOf({ group: version.group ?? kind.group, version: version.version }));
    }
  }
  for (const kind of briefly) for (const version of kind.versions) addCustomDefinitions(definitions, "v2", kind, { version: version.version });
  return {
    swagger: "2.0",
    info: { title: "Kubernetes", version: "v1.36.0" },
    paths,
    definitions: definitions.all,
    securityDefinitions: { BearerToken: { description: "Bearer Token authentication", type: "apiKey", name: "authorization", in: "header" } },
    security: [{ BearerToken: [] }],
  };
}

const pathsOf = ({ group, version }: GroupVersion): string[] => (group ? [`apis/${group}`, `apis/${group}/${version}`] : [`api/${version}`]);

function pathItem(route: Route, tag: string, definitions: Definitions): Json {
  return {
    ...(route.parameters.length > 0 && { parameters: route.parameters.map(parameter) }),
    ...Object.fromEntries(route.operations.map((o) => [o.method, operation(o, tag, definitions)])),
  };
}

function servedBy(kinds: readonly Kind[]): GroupVersion[] {
  const all = kinds.flatMap((k) => k.versions.filter((v) => v.served !== false).map((v) => ({ group: v.group ?? k.group, version: v.version })));
  return [...new Map(all.map((gv) => [`${gv.group}/${gv.version}`, gv])).values()];
}

function operation(o: Operation, tag: string, definitions: Definitions): Json {
  const body = o.body && { name: "body", in: "body", ...(o.body.required && { required: true }), schema: definitions.reference(o.body.type) };
  const responses = o.responses.map(({ code, type }) =>
    [code, { description: statusText[code], schema: type ? definitions.reference(type) : { type: "string" } }] as const);
  return {
    consumes: o.body?.mediaTypes ?? ["*/*"],
    produces: o.mediaTypes,
    schemes: ["https"],
    tags: [o.tag ?? tag],
    operationId: o.id,
    parameters: [...(body ? [body] : []), ...o.parameters.map(parameter)],
    responses: { ...Object.fromEntries(responses), 401: { description: "Unauthorized" } },
    ...(o.action && { "x-kubernetes-action": o.action }),
    ...(o.gvk && { "x-kubernetes-group-version-kind": o.gvk }),
  };
}

const parameter = ({ name, in: where, type, required }: Parameter): Json => ({ name, in: where, type, ...(required && { required }) });
