import type { Kind, KindVersion } from "../../kinds/kind.ts";
import { addCustomDefinitions } from "./custom-definitions.ts";
import { Definitions, type Descriptions, type Json } from "./definitions.ts";
import type { Parameter } from "./parameters.ts";
import { routesOfPath } from "./discovery-routes.ts";
import { routesOf, tagOf, type Operation, type Route } from "./routes.ts";

/**
 * The OpenAPI v3 document of one group version: the routes that are served, and the definitions that they need. kubectl
 * reads PATCH in it to learn what the server validates, and strategies and merge keys for its patches.
 */
export function openApiV3(kinds: readonly Kind[], group: string, version: string, descriptions: Descriptions = {}): Json {
  const definitions = new Definitions("v3", [{ group, version }], descriptions);
  const routes = routesOfPath(group ? `apis/${group}/${version}` : `api/${version}`);
  for (const [kind, kindVersion] of kindsOf(kinds, group, version)) {
    if (!kindVersion.type) addCustomDefinitions(definitions, "v3", kind, kindVersion);
    routes.push(...routesOf(kind, kindVersion));
  }
  return documentOf(routes, tagOf({ group, version }), definitions);
}

/** The document of what is no group version: `apis/apps`, `version`. */
export function openApiV3OfPath(path: string, descriptions: Descriptions = {}): Json {
  return documentOf(routesOfPath(path), "", new Definitions("v3", [], descriptions));
}

function documentOf(routes: readonly Route[], tag: string, definitions: Definitions): Json {
  const paths = Object.fromEntries(routes.map((route) => [route.path, {
    ...(route.parameters.length > 0 && { parameters: route.parameters.map(parameter) }),
    ...Object.fromEntries(route.operations.map((o) => [o.method, operation(o, tag, definitions)])),
  }]));
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: "v1.36.0" },
    paths,
    components: {
      schemas: definitions.all,
      securitySchemes: { BearerToken: { type: "apiKey", description: "Bearer Token authentication", name: "authorization", in: "header" } },
    },
  };
}

function kindsOf(kinds: readonly Kind[], group: string, version: string): [Kind, KindVersion][] {
  return kinds.flatMap((kind) => kind.versions
    .filter((v) => v.served !== false && (v.group ?? kind.group) === group && v.version === version)
    .map((v): [Kind, KindVersion] => [kind, v]));
}

function operation(o: Operation, tag: string, definitions: Definitions): Json {
  const content = (mediaTypes: readonly string[], schema: Json) => Object.fromEntries(mediaTypes.map((m) => [m, { schema }]));
  const responses = o.responses.map(({ code, type }) =>
    [code, { description: statusText[code], content: content(o.mediaTypes, type ? definitions.reference(type) : { type: "string" }) }] as const);
  return {
    tags: [o.tag ?? tag],
    operationId: o.id,
    ...(o.parameters.length > 0 && { parameters: o.parameters.map(parameter) }),
    ...(o.body && { requestBody: { content: content(o.body.mediaTypes, definitions.reference(o.body.type)), ...(o.body.required && { required: true }) } }),
    responses: { ...Object.fromEntries(responses), 401: { description: "Unauthorized" } },
    ...(o.action && { "x-kubernetes-action": o.action }),
    ...(o.gvk && { "x-kubernetes-group-version-kind": o.gvk }),
  };
}

export const statusText: Readonly<Record<number, string>> = { 200: "OK", 201: "Created", 202: "Accepted" };

const parameter = ({ name, in: where, type, required }: Parameter): Json =>
  ({ name, in: where, ...(required && { required }), schema: { type } });
