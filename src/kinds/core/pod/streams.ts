import { badRequest } from "../../../lib/errors.ts";
import type { Subresource } from "../../kind.ts";
import type { Pod } from "../../types/core-v1.generated.ts";
import { proxyAddress, proxyPort } from "../proxy-address.ts";
import { splitSchemeNamePort } from "../proxy-name.ts";
import { resolveContainer } from "./containers.ts";
import { validateLogOptions } from "./log-options.ts";

type Connect = Extract<Subresource<Pod>, { type: "connect" }>;
const ALL_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

export const log: Connect = {
  type: "connect",
  verbs: ["get"],
  methods: ["GET"],
  connect(obj, query) {
    validateLogOptions(query, obj);
    const container = resolveContainer(obj, query.get("container"));
    return { node: nodeOf(obj), open: { type: "logs", container, query: query.toString(), ...addressOf(obj) } };
  },
};

export const exec: Connect = {
  type: "connect",
  verbs: ["create", "get"],
  methods: ["GET", "POST"],
  options: "io.k8s.api.core.v1.PodExecOptions",
  connect(obj, query) {
    const container = resolveContainer(obj, query.get("container"));
    const node = nodeOf(obj);
    const command = query.getAll("command");
    if (command.length === 0) throw badRequest("you must specify at least one command for the container");
    return { node, open: { type: "exec", container, command, ...channelsOf(query), ...addressOf(obj) } };
  },
};

export const attach: Connect = {
  type: "connect",
  verbs: ["create", "get"],
  methods: ["GET", "POST"],
  options: "io.k8s.api.core.v1.PodAttachOptions",
  connect(obj, query) {
    const container = resolveContainer(obj, query.get("container"));
    return { node: nodeOf(obj), open: { type: "attach", container, ...channelsOf(query), ...addressOf(obj) } };
  },
};

/** Ports are named in the streams themselves; `ports` of the query is only what WebSocket clients of old gave. */
export const portForward: Connect = {
  type: "connect",
  verbs: ["create", "get"],
  methods: ["GET", "POST"],
  options: "io.k8s.api.core.v1.PodPortForwardOptions",
  connect(obj, query) {
    const port = Number(query.get("ports")?.split(",")[0] ?? 0);
    if (!Number.isInteger(port) || port < 0 || port > 65535) throw badRequest(`invalid port "${query.get("ports")}"`);
    return { node: nodeOf(obj), open: { type: "dial", port, ...addressOf(obj) } };
  },
};

export const proxy: Connect = {
  type: "connect",
  verbs: ["get", "create", "update", "patch", "delete"],
  methods: ALL_METHODS,
  options: "io.k8s.api.core.v1.PodProxyOptions",
  objectName: (segment) => splitSchemeNamePort(segment)?.name ?? segment,
  connect(obj, _query, { name }) {
    const wanted = splitSchemeNamePort(name ?? obj.metadata.name!);
    if (!wanted) throw badRequest(`invalid pod request "${name}"`);
    const declared = obj.spec?.containers.find((c) => c.ports?.length)?.ports![0]!.containerPort;
    const port = wanted.port === "" ? (declared ?? (wanted.scheme === "https" ? 443 : 80)) : proxyPort(wanted.port, `invalid pod request "${name}"`);
    const host = proxyAddress(obj.status?.podIPs?.[0]?.ip ?? obj.status?.podIP ?? "");
    return { node: nodeOf(obj), open: { type: "dial-address", host, port, ...(wanted.scheme === "https" && { tls: true }) } };
  },
};

function nodeOf(obj: Pod): string {
  if (!obj.spec?.nodeName) throw badRequest(`pod ${obj.metadata.name} does not have a host assigned`);
  return obj.spec.nodeName;
}

const addressOf = ({ metadata }: Pod) => ({ namespace: metadata.namespace!, pod: metadata.name!, uid: metadata.uid! });

function channelsOf(query: URLSearchParams) {
  const isSet = (name: string) => ["1", "true", "t"].includes((query.get(name) ?? "").toLowerCase());
  const channels = { stdin: isSet("stdin"), stdout: isSet("stdout"), stderr: isSet("stderr"), tty: isSet("tty") };
  if (!channels.stdin && !channels.stdout && !channels.stderr) throw badRequest("you must specify at least 1 of stdin, stdout, stderr");
  return channels;
}
