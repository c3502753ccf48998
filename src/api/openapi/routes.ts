import { typeNameOf, schemaOf } from "../../kinds/facts/table.ts";
import type { Kind, KindVersion, Subresource, Verb } from "../../kinds/kind.ts";
import { customTypeName } from "./custom-definitions.ts";
import { deleteOptionsType, patchType, statusType, watchEventType, type GroupVersionKind } from "./definitions.ts";
import { parameters, type Parameter } from "./parameters.ts";

/** A served path and what can be done there, in neither dialect of OpenAPI yet. */
export interface Route { path: string; parameters: Parameter[]; operations: Operation[] }

export interface Operation {
  method: "get" | "put" | "post" | "delete" | "patch" | "options" | "head";
  /** x-kubernetes-action */
  action?: string;
  id: string;
  gvk?: GroupVersionKind;
  /** Where it is not that of the document's group version. */
  tag?: string;
  parameters: Parameter[];
  body?: { type: string; required: boolean; mediaTypes: string[] };
  /** Definition that each status code answers with; undefined: text, or whatever the other end says. */
  responses: { code: number; type?: string }[];
  mediaTypes: string[];
}

const json = ["application/json", "application/yaml"];
const protobuf = "application/vnd.kubernetes.protobuf";
const allVerbs: readonly Verb[] = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];

/** The routes of one kind in one of its versions, subresources included. */
export function routesOf(kind: Kind, version: KindVersion): Route[] {
  const at = new Place(kind, version);
  const verbs = new Set(kind.verbs ?? allVerbs);
  const routes: Route[] = [at.collection(verbs), at.item(verbs)];
  if (kind.scope === "Namespaced" && verbs.has("list")) routes.push(at.allNamespaces());
  if (version.type && verbs.has("watch")) routes.push(...at.watches());
  for (const [name, subresource] of Object.entries(kind.subresources ?? {})) routes.push(...at.subresource(name, subresource));
  return routes.filter((route) => route.operations.length > 0);
}

class Place {
  readonly #kind: Kind;
  readonly #gvk: GroupVersionKind;
  readonly #root: string;
  readonly #type: string;
  readonly #listType: string;
  readonly #builtIn: boolean;

  constructor(kind: Kind, version: KindVersion) {
    this.#kind = kind;
    this.#gvk = { group: version.group ?? kind.group, version: version.version, kind: kind.kind };
    const { group, version: v } = this.#gvk;
    this.#root = group ? `/apis/${group}/${v}` : `/api/${v}`;
    this.#builtIn = version.type !== undefined;
    this.#type = version.type ?? customTypeName(group, v, kind.kind);
    this.#listType = version.type ? `${version.type}List` : customTypeName(group, v, kind.listKind ?? `${kind.kind}List`);
  }

  collection(verbs: ReadonlySet<string>): Route {
    const operations: Operation[] = [];
    if (verbs.has("list")) operations.push(this.#list(`list${this.#id()}`));
    if (verbs.has("create")) operations.push(this.#write("post", "create", this.#id(), this.#type, parameters.write));
    if (verbs.has("deletecollection")) operations.push(this.#delete("deletecollection", `delete${groupId(this.#gvk)}Collection${this.#scopedKind()}`, [...parameters.deleteCollection]));
    return this.#route(this.#path(), operations);
  }

  allNamespaces(): Route {
    return { path: `${this.#root}/${this.#kind.resource}`, parameters: [parameters.pretty], operations: [this.#list(`list${groupId(this.#gvk)}${this.#kind.kind}ForAllNamespaces`)] };
  }

  /** The old paths for watches, which upstream still serves and publishes; not for custom resources. */
  watches(): Route[] {
    const watch = (path: string, action: string, id: string): Route => ({
      path, parameters: [...this.#inPath(path), ...parameters.list, parameters.pretty],
      operations: [{ ...this.#list(id), action, parameters: [], responses: [{ code: 200, type: watchEventType }] }],
    });
    const path = this.#path().replace(this.#root, `${this.#root}/watch`);
    return [
      ...(this.#kind.scope === "Namespaced" ? [watch(`${this.#root}/watch/${this.#kind.resource}`, "watchlist", `watch${groupId(this.#gvk)}${this.#kind.kind}ListForAllNamespaces`)] : []),
      watch(path, "watchlist", `watch${this.#id()}List`),
      watch(`${path}/{name}`, "watch", `watch${this.#id()}`),
    ];
  }

  item(verbs: ReadonlySet<string>): Route {
    const operations = this.#view(verbs, this.#id(), this.#type, this.#gvk);
    if (verbs.has("delete")) operations.push(this.#delete("delete", `delete${this.#id()}`, [...parameters.delete]));
    return this.#route(`${this.#path()}/{name}`, operations);
  }

  subresource(name: string, subresource: Subresource): Route[] {
    const path = `${this.#path()}/{name}/${name}`;
    const id = this.#id() + capital(name);
    switch (subresource.type) {
      case "view": return [this.#route(path, this.#view(new Set(subresource.verbs), id, this.#type, this.#gvk))];
      case "scale": return [this.#route(path, this.#view(new Set(["get", "update", "patch"]), id, scaleType, scale))];
      case "action": {
        const { type, ...gvk } = subresource.input;
        return [this.#route(path, [{ ...this.#write("post", "create", id, type, parameters.write), gvk }])];
      }
      case "connect": return this.#connect(name, path, subresource.methods);
    }
  }

  #view(verbs: ReadonlySet<string>, id: string, type: string, gvk: GroupVersionKind): Operation[] {
    const operations: Operation[] = [];
    if (verbs.has("get")) {
      operations.push({ method: "get", action: "get", id: `read${id}`, gvk, parameters: [], responses: [{ code: 200, type }], mediaTypes: this.#mediaTypes() });
    }
    if (verbs.has("update")) operations.push({ ...this.#write("put", "replace", id, type, parameters.write), gvk });
    if (verbs.has("patch")) {
      operations.push({ ...this.#write("patch", "patch", id, type, parameters.patch), gvk, body: { type: patchType, required: true, mediaTypes: this.#patchTypes() } });
    }
    return operations;
  }

  #list(id: string): Operation {
    return {
      method: "get", action: "list", id, gvk: this.#gvk, parameters: [...parameters.list],
      responses: [{ code: 200, type: this.#listType }],
      mediaTypes: [...this.#mediaTypes(), "application/json;stream=watch", ...(this.#builtIn ? [`${protobuf};stream=watch`] : [])],
    };
  }

  #write(method: "post" | "put" | "patch", verb: string, id: string, type: string, query: readonly Parameter[]): Operation {
    const codes = method === "post" ? [200, 201, 202] : [200, 201];
    return {
      method, action: method, id: verb + id, gvk: this.#gvk, parameters: [...query],
      body: { type, required: true, mediaTypes: ["*/*"] },
      responses: codes.map((code) => ({ code, type })), mediaTypes: this.#mediaTypes(),
    };
  }

  #delete(action: string, id: string, query: Parameter[]): Operation {
    const codes = action === "delete" ? [200, 202] : [200];
    return {
      method: "delete", action, id, gvk: this.#gvk, parameters: query,
      body: { type: deleteOptionsType, required: false, mediaTypes: ["*/*"] },
      responses: codes.map((code) => ({ code, type: statusType })), mediaTypes: this.#mediaTypes(),
    };
  }

  /** Streams. One that is only read (a log) is a get; one with every method (a proxy) also leads further. */
  #connect(name: string, path: string, methods: readonly string[]): Route[] {
    const id = this.#id() + capital(name);
    const options = optionsOf(this.#gvk, name);
    const query = options ? parameters.ofOptions(schemaOf(options.type)) : [];
    if (methods.length === 1 && methods[0] === "GET") {
      const read: Operation = { method: "get", action: "get", id: `read${id}`, gvk: this.#gvk, parameters: query, responses: [{ code: 200 }], mediaTypes: ["text/plain", ...this.#mediaTypes()] };
      return [this.#route(path, [read])];
    }
    const gvk = options?.gvk ?? this.#gvk;
    const operations = (suffix: string) => methods.map((m): Operation => ({
      method: m.toLowerCase() as Operation["method"], action: "connect", id: `connect${groupId(this.#gvk)}${capital(m.toLowerCase())}${this.#scopedKind()}${capital(name)}${suffix}`,
      gvk, parameters: query, responses: [{ code: 200 }], mediaTypes: ["*/*"],
    }));
    // Nothing here is printed prettily: the other end answers.
    const routes = [{ ...this.#route(path, operations("")), parameters: this.#inPath(path) }];
    if (methods.length > 2) {
      routes.push({ path: `${path}/{path}`, operations: operations("WithPath"), parameters: [...this.#inPath(path), parameters.path] });
    }
    return routes;
  }

  #route(path: string, operations: Operation[]): Route {
    return { path, parameters: [...this.#inPath(path), parameters.pretty], operations };
  }

  #inPath(path: string): Parameter[] {
    return [
      ...(path.includes("{name}") ? [parameters.name] : []),
      ...(path.includes("{namespace}") ? [parameters.namespace] : []),
    ];
  }

  #path(): string { return `${this.#root}${this.#kind.scope === "Namespaced" ? "/namespaces/{namespace}" : ""}/${this.#kind.resource}`; }
  #id(): string { return groupId(this.#gvk) + this.#scopedKind(); }
  #scopedKind(): string { return (this.#kind.scope === "Namespaced" ? "Namespaced" : "") + this.#kind.kind; }
  #mediaTypes(): string[] { return this.#builtIn ? [...json, protobuf] : json; }
  #patchTypes(): string[] {
    const strategic = this.#builtIn ? ["application/strategic-merge-patch+json"] : [];
    return ["application/json-patch+json", "application/merge-patch+json", ...strategic, "application/apply-patch+yaml"];
  }
}

const scale: GroupVersionKind = { group: "autoscaling", version: "v1", kind: "Scale" };
const scaleType = "io.k8s.api.autoscaling.v1.Scale";

/** The query of a stream is a kind of its own upstream: PodExecOptions, NodeProxyOptions. */
function optionsOf(own: GroupVersionKind, subresource: string): { gvk: GroupVersionKind; type: string } | undefined {
  const kind = `${own.kind}${subresource === "portforward" ? "PortForward" : capital(subresource)}Options`;
  const type = typeNameOf(own.group, own.version, kind);
  return type ? { gvk: { ...own, kind }, type } : undefined;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** `rbac.authorization.k8s.io/v1` is `RbacAuthorizationV1` in operation ids. */
export function groupId({ group, version }: { group: string; version: string }): string {
  return shortGroup(group).split(/[.-]/).map(capital).join("") + capital(version);
}

/** `rbac.authorization.k8s.io/v1` is `rbacAuthorization_v1` as a tag. */
export const tagOf = ({ group, version }: { group: string; version: string }): string => `${groupTag(group)}_${version}`;

export function groupTag(group: string): string {
  const words = shortGroup(group).split(/[.-]/).map(capital).join("");
  return words.charAt(0).toLowerCase() + words.slice(1);
}

const shortGroup = (group: string): string => (group === "" ? "core" : group.replace(/\.k8s\.io$/, ""));
