export interface WorkerdConfig {
  /** Relative to the configuration file, as capnp wants it. */
  bundlePath: string;
  addresses: readonly string[]; // "127.0.0.1:6443"
  storageDir: string;
  directorySocket: string;
  /** Of the launcher's audit sink, where there is one. */
  auditSocket?: string;
  assetsDir: string;
  certificatePem: string;
  keyPem: string;
  /** Text bindings of the Worker. Secrets among them come from the environment instead: `secrets` names the variables. */
  vars: Readonly<Record<string, string>>;
  secrets: readonly string[];
  compatibilityDate: string;
}

/**
 * V8's young generation takes three times its semi-space, 48 MB by default: with 2 MB a control plane of 1,000 pods
 * stays 60 MB smaller, at the price of 5 % of its throughput. `gc` is for src/durable/memory-release.ts.
 */
const V8_FLAGS = ["--max-semi-space-size=2", "--expose-gc"];

/**
 * The configuration that bare workerd serves; it mirrors wrangler.toml's bindings. What is fetched was named by users of
 * clusters, so a name may not lead into the network in which this machine stands: what is private there is reached through
 * a cluster's nodes (src/api/outbound/).
 */
export function workerdConfig(c: WorkerdConfig): string {
  const sockets = c.addresses.map((address, i) =>
    `    (name = "https-${i}", address = ${text(address)}, service = "main", https = (options = (), tlsOptions = .tls))`);
  const bindings = [
    `(name = "CLUSTER", durableObjectNamespace = "Cluster")`,
    `(name = "TUNNEL", durableObjectNamespace = "Tunnel")`,
    `(name = "DIRECTORY", service = "directory")`,
    `(name = "ASSETS", service = "assets")`,
    ...(c.auditSocket === undefined ? [] : [`(name = "AUDIT", service = "audit")`]),
    ...Object.entries(c.vars).map(([name, value]) => `(name = ${text(name)}, text = ${text(value)})`),
    ...c.secrets.map((name) => `(name = ${text(name)}, fromEnvironment = ${text(name)})`),
  ];
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  v8Flags = [${V8_FLAGS.map(text).join(", ")}],
  services = [
    (name = "main", worker = .isopod),
    (name = "directory", external = (address = ${text("unix:" + c.directorySocket)}, http = ())),
${c.auditSocket === undefined ? "" : `    (name = "audit", external = (address = ${text("unix:" + c.auditSocket)}, http = ())),\n`}    (name = "assets", disk = (path = ${text(c.assetsDir)})),
    (name = "storage", disk = (path = ${text(c.storageDir)}, writable = true)),
    (name = "internet", network = (allow = ["public"], tlsOptions = (trustBrowserCas = true))),
  ],
  sockets = [
${sockets.join(",\n")}
  ],
);

const tls :Workerd.TlsOptions = (
  keypair = (privateKey = ${text(c.keyPem)}, certificateChain = ${text(c.certificatePem)}),
  minVersion = tls1Dot2,
);

const isopod :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed ${text(c.bundlePath)})],
  compatibilityDate = ${text(c.compatibilityDate)},
  bindings = [
    ${bindings.join(",\n    ")}
  ],
  durableObjectNamespaces = [
    (className = "Cluster", uniqueKey = "isopod-cluster", enableSql = true),
    (className = "Tunnel", uniqueKey = "isopod-tunnel", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "storage"),
);
`;
}

/** A capnp string literal. */
function text(value: string): string {
  return `"${value.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n")}"`;
}
