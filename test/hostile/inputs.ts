/**
 * Requests of under 100 KB that someone with bad intentions might send: each is cheap to send and could be dear to answer.
 * Ordered lists, by what they aim at; `all` is what test/hostile-input.test.ts goes through.
 */
export interface HostileInput {
  name: string;
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** Of the body; default: JSON. */
  type?: string;
}

const NS = "/api/v1/namespaces/default";
const CONFIG_MAPS = `${NS}/configmaps`;
const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const POLICIES = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies";
const MERGE = "application/merge-patch+json";
const STRATEGIC = "application/strategic-merge-patch+json";
const JSON_PATCH = "application/json-patch+json";
const APPLY = "application/apply-patch+yaml";
const YAML = "application/yaml";
const PROTOBUF = "application/vnd.kubernetes.protobuf";

const times = <R>(count: number, make: (i: number) => R): R[] => Array.from({ length: count }, (_, i) => make(i));
const nested = (open: string, close: string, depth: number, core = ""): string => open.repeat(depth) + core + close.repeat(depth);
const configMap = (more: string, name = "hostile"): string => `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${name}"},${more}}`;
const controllerRevision = (data: string): string => `{"apiVersion":"apps/v1","kind":"ControllerRevision","metadata":{"name":"hostile"},"revision":1,"data":${data}}`;
const post = (name: string, path: string, body: string | Uint8Array, type?: string): HostileInput => ({ name, method: "POST", path: `${path}?dryRun=All`, body, ...(type && { type }) });
const patch = (name: string, path: string, type: string, body: string): HostileInput => ({ name, method: "PATCH", path, body, type });

/** There from the start, for patches to aim at: see main.ts. */
export const targets = {
  configMap: `${CONFIG_MAPS}/target`, pod: `${NS}/pods/target`, deployment: "/apis/apps/v1/namespaces/default/deployments/target",
  widget: "/apis/example.com/v1/namespaces/default/widgets/target",
};

const jsonBodies: HostileInput[] = [
  post("brackets 90,000 deep", CONFIG_MAPS, nested("[", "]", 45_000)),
  post("open brackets without end", CONFIG_MAPS, "[".repeat(95_000)),
  post("objects 15,000 deep where text should be", CONFIG_MAPS, configMap(`"data":${nested('{"a":', "}", 15_000, "1")}`)),
  post("objects 15,000 deep where anything may be", "/apis/apps/v1/namespaces/default/controllerrevisions", controllerRevision(nested('{"a":', "}", 15_000, "1"))),
  post("lists 45,000 deep where anything may be", "/apis/apps/v1/namespaces/default/controllerrevisions", controllerRevision(nested("[", "]", 45_000))),
  post("15,000 deep in an unknown field", CONFIG_MAPS, configMap(`"odd":${nested('{"a":', "}", 15_000, "1")}`)),
  post("a number of 95,000 digits", CONFIG_MAPS, configMap(`"immutable":${"9".repeat(95_000)}`)),
  post("a number of 95,000 digits for an int32", "/apis/apps/v1/namespaces/default/deployments", `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"replicas":${"9".repeat(95_000)}}}`),
  post("a key of 95,000 characters", CONFIG_MAPS, configMap(`"data":{"${"k".repeat(95_000)}":"1"}`)),
  post("9,000 unknown fields", CONFIG_MAPS, configMap(times(9_000, (i) => `"u${i}":1`).join(","))),
  post("15,000 repeated keys", CONFIG_MAPS, configMap(times(15_000, () => '"a":1').join(","))),
  post("4,000 repeated keys of data", CONFIG_MAPS, configMap(`"data":{${times(8_000, (i) => `"${i % 4000}":"1"`).join(",")}}`)),
  post("escapes only", CONFIG_MAPS, configMap(`"data":{"a":"${"\\u0000".repeat(15_000)}"}`)),
  post("unpaired surrogates", CONFIG_MAPS, configMap(`"data":{"a":"${"\\ud800".repeat(15_000)}"}`)),
  post("10,000 finalizers", CONFIG_MAPS, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"hostile","finalizers":[${times(9_000, (i) => `"f${i}"`)}]}}`),
  post("managed fields 10,000 deep", CONFIG_MAPS, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"hostile","managedFields":[{"manager":"m","operation":"Update","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":${nested('{"f:a":', "}", 10_000, "{}")}}]}}`),
  post("managed fields of 5,000 keyed entries", CONFIG_MAPS, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"hostile","managedFields":[{"manager":"m","operation":"Update","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{${times(4_500, (i) => `"k:{\\"a\\":${i}}":{}`)}}}]}}`),
  post("800 managers", CONFIG_MAPS, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"hostile","managedFields":[${times(800, (i) => `{"manager":"m${i}","operation":"Update","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:data":{}}}`)}]}}`),
  post("a name of 95,000 characters", CONFIG_MAPS, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${"a-".repeat(47_000)}"}}`),
  post("6,000 labels", CONFIG_MAPS, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"hostile","labels":{${times(6_000, (i) => `"l${i}":"v"`)}}}}`),
  post("3,000 containers of one name", `${NS}/pods`, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"hostile"},"spec":{"containers":[${times(3_000, () => '{"name":"a","image":"b"}')}]}}`),
  post("3,000 volumes that are mounted", `${NS}/pods`, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"hostile"},"spec":{"volumes":[${times(1_200, (i) => `{"name":"v${i}","emptyDir":{}}`)}],"containers":[{"name":"a","image":"b","volumeMounts":[${times(1_200, (i) => `{"name":"v${i}","mountPath":"/${i}"}`)}]}]}}`),
  post("4,000 tolerations", `${NS}/pods`, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"hostile"},"spec":{"tolerations":[${times(3_500, (i) => `{"key":"k${i}"}`)}],"containers":[{"name":"a","image":"b"}]}}`),
  post("3,000 variables that refer to each other", `${NS}/pods`, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"hostile"},"spec":{"containers":[{"name":"a","image":"b","env":[${times(2_500, (i) => `{"name":"V${i}","value":"$(V${i + 1})"}`)}]}]}}`),
  post("5,000 claims of a container", `${NS}/pods`, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"hostile"},"spec":{"containers":[{"name":"a","image":"b","resources":{"claims":[${times(5_000, (i) => `{"name":"c${i}"}`)}]}}]}}`),
  post("1,300 claims of 1,300 that the pod has", `${NS}/pods`, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"hostile"},"spec":{"resourceClaims":[${times(1_300, (i) => `{"name":"c${i}","resourceClaimName":"c"}`)}],"containers":[{"name":"a","image":"b","resources":{"claims":[${times(1_300, (i) => `{"name":"d${i}"}`)}]}}]}}`),
  post("4,000 unknown resources of a limit range", `${NS}/limitranges`, `{"apiVersion":"v1","kind":"LimitRange","metadata":{"name":"hostile"},"spec":{"limits":[{"type":"Container","max":{${times(4_000, (i) => `"k${i}":"1"`)}}}]}}`),
  post("6,000 terms of allowed topologies", "/apis/storage.k8s.io/v1/storageclasses", `{"apiVersion":"storage.k8s.io/v1","kind":"StorageClass","metadata":{"name":"hostile"},"provisioner":"a.b/c","allowedTopologies":[${times(6_000, () => '{}')}]}`),
  post("25,000 rules of a policy", POLICIES, `{"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingAdmissionPolicy","metadata":{"name":"hostile"},"spec":{"matchConstraints":{"resourceRules":[${times(25_000, () => "{}")}]},"validations":[{"expression":"true"}]}}`),
  post("a quantity of 95,000 digits", `${NS}/resourcequotas`, `{"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"hostile"},"spec":{"hard":{"cpu":"${"9".repeat(95_000)}"}}}`),
  post("a quantity with 95,000 places", `${NS}/resourcequotas`, `{"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"hostile"},"spec":{"hard":{"cpu":"0.${"1".repeat(95_000)}"}}}`),
  post("a quantity with a huge exponent", `${NS}/resourcequotas`, `{"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"hostile"},"spec":{"hard":{"cpu":"1e999999999"}}}`),
  post("10,000 scopes of a quota", `${NS}/resourcequotas`, `{"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"hostile"},"spec":{"hard":{"cpu":"1"},"scopes":[${times(9_000, (i) => `"s${i}"`)}]}}`),
  post("a cron schedule of 95,000 characters", "/apis/batch/v1/namespaces/default/cronjobs", `{"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"hostile"},"spec":{"schedule":"${"1,".repeat(47_000)}1 * * * *","jobTemplate":{"spec":{"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"a","image":"b"}]}}}}}}`),
  post("a certificate request of zeros", "/apis/certificates.k8s.io/v1/certificatesigningrequests", `{"apiVersion":"certificates.k8s.io/v1","kind":"CertificateSigningRequest","metadata":{"name":"hostile"},"spec":{"signerName":"kubernetes.io/kube-apiserver-client","usages":["client auth"],"request":"${"MIAw".repeat(20_000)}"}}`),
  post("a token of 95,000 dots", "/apis/authentication.k8s.io/v1/tokenreviews", `{"apiVersion":"authentication.k8s.io/v1","kind":"TokenReview","spec":{"token":"${".".repeat(95_000)}"}}`),
  post("a role of 5,000 rules", "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles", `{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"hostile"},"rules":[${times(1_200, (i) => `{"apiGroups":["g${i}"],"resources":["r${i}"],"verbs":["get"]}`)}]}`),
  post("a network policy of 5,000 addresses", "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies", `{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"name":"hostile"},"spec":{"podSelector":{},"ingress":[{"from":[${times(2_000, (i) => `{"ipBlock":{"cidr":"10.${i >> 8}.${i & 255}.0/24"}}`)}]}]}}`),
];

const yamlBodies: HostileInput[] = ([
  ["flow lists 45,000 deep", nested("[", "]", 45_000)],
  ["flow maps 20,000 deep", nested("{a: ", "}", 15_000, "1")],
  ["open flow lists without end", "[".repeat(95_000)],
  ["sequences 30,000 deep", `a: ${"- ".repeat(47_000)}1`],
  ["keys that are keys 30,000 deep", "? ".repeat(47_000)],
  ["aliases that multiply", `a0: &a0 [x,x,x,x,x,x,x,x,x]\n${times(30, (i) => `a${i + 1}: &a${i + 1} [${times(9, () => `*a${i}`)}]`).join("\n")}`],
  ["merge keys that multiply", `a0: &a0 {k: v}\n${times(200, (i) => `a${i + 1}: &a${i + 1}\n  <<: [${times(9, () => `*a${i}`)}]\n  k${i}: v`).join("\n")}`],
  ["one alias 30,000 times", `a: &a [1,2,3]\nb: [${times(30_000, () => "*a")}]`],
  ["an anchor in itself", "a: &a [*a, *a]"],
  ["10,000 anchors", times(6_000, (i) => `k${i}: &a${i} 1`).join("\n")],
  ["indentation 400 deep", times(400, (i) => `${" ".repeat(i)}a:`).join("\n")],
  ["45,000 documents", "---\n".repeat(23_000)],
  ["45,000 dashes", "-\n".repeat(47_000)],
  ["9,000 keys", times(9_000, (i) => `k${i}: 1`).join("\n")],
  ["15,000 repeated keys", times(15_000, () => "k: 1").join("\n")],
  ["a folded text of blank lines", `a: >\n${" \n".repeat(47_000)}`],
  ["a quoted text of line breaks", `a: "${"\n".repeat(95_000)}"`],
  ["comments only", "#\n".repeat(47_000)],
  ["spaces only", " ".repeat(95_000)],
  ["tabs only", "\t".repeat(95_000)],
  ["tags only", "!a ".repeat(30_000)],
  ["colons only", ":".repeat(95_000)],
  ["colons and spaces", ": ".repeat(47_000)],
  ["percent directives", "%YAML 1.1\n".repeat(9_000)],
  ["exclamation marks", "!".repeat(95_000)],
  ["a number of 95,000 digits and underscores", `a: ${"1_".repeat(47_000)}1`],
  ["quotes", `"${"\\\"".repeat(47_000)}"`],
  ["single quotes", "'".repeat(95_000)],
  ["pipes", "a: |\n".repeat(19_000)],
  ["ampersands", "&a ".repeat(30_000)],
] as const).flatMap(([name, body]) => [post(`YAML: ${name}`, CONFIG_MAPS, body, YAML), patch(`YAML apply: ${name}`, `${targets.configMap}?fieldManager=m`, APPLY, ` ${body}`)]);

/** `k8s\0`, an Unknown around `raw`. */
function protobuf(raw: Uint8Array, apiVersion = "v1", kind = "ConfigMap"): Uint8Array {
  const text = (tag: number, value: string) => [tag, value.length, ...new TextEncoder().encode(value)];
  const typeMeta = [...text(0x0a, apiVersion), ...text(0x12, kind)];
  return Uint8Array.from([0x6b, 0x38, 0x73, 0x00, 0x0a, typeMeta.length, ...typeMeta, ...field(0x12, raw)]);
}

function field(tag: number, value: Uint8Array | readonly number[]): number[] {
  return [tag, ...varint(value.length), ...value];
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return [...bytes, value];
}

/** `depth` messages in each other by one field. */
function nestedMessages(tag: number, depth: number): Uint8Array {
  const lengths: number[][] = [];
  let length = 0;
  for (let i = 0; i < depth; i++) {
    const header = [tag, ...varint(length)];
    lengths.push(header);
    length += header.length;
  }
  return Uint8Array.from(lengths.reverse().flat());
}

const protobufBodies: HostileInput[] = ([
  ["zeros", protobuf(new Uint8Array(90_000))],
  ["ones", protobuf(new Uint8Array(90_000).fill(255))],
  ["no envelope", new Uint8Array(90_000).fill(0x0a)],
  ["an announced length of four gigabytes", protobuf(Uint8Array.from([0x12, 0xff, 0xff, 0xff, 0xff, 0x0f]))],
  ["groups 45,000 deep", protobuf(new Uint8Array(90_000).fill(0x0b))],
  ["30,000 empty entries of a map", protobuf(Uint8Array.from(times(45_000, () => [0x12, 0]).flat()))],
  ["7,000 entries of a map", protobuf(Uint8Array.from(times(9_000, (i) => field(0x12, [...field(0x0a, new TextEncoder().encode(String(i))), 0x12, 0])).flat()))],
  ["schemas 20,000 deep", protobuf(nestedMessages(0x7a, 25_000), "apiextensions.k8s.io/v1", "JSONSchemaProps")],
  ["managed fields without end", protobuf(Uint8Array.from(field(0x0a, times(30_000, () => [0x8a, 0x01, 0]).flat())))],
] as const).map(([name, body]) => post(`protobuf: ${name}`, CONFIG_MAPS, body, PROTOBUF));

const patches: HostileInput[] = [
  patch("JSON patch: copies that multiply", targets.configMap, JSON_PATCH, JSON.stringify([{ op: "add", path: "/metadata/annotations", value: {} }, ...times(40, (i) => ({ op: "copy", from: "/metadata", path: `/metadata/annotations/a${i}` }))])),
  patch("JSON patch: a list copied into itself", targets.pod, JSON_PATCH, JSON.stringify(times(60, () => ({ op: "copy", from: "/spec/containers", path: "/spec/containers/-" })))),
  patch("JSON patch: 1,500 copies of the whole", targets.configMap, JSON_PATCH, JSON.stringify(times(1_500, (i) => ({ op: "copy", from: "", path: `/a${i}` })))),
  patch("JSON patch: 1,500 additions", targets.configMap, JSON_PATCH, JSON.stringify(times(1_500, (i) => ({ op: "add", path: `/data/k${i}`, value: "v" })))),
  patch("JSON patch: insertions at the front", targets.pod, JSON_PATCH, JSON.stringify(times(1_600, () => ({ op: "add", path: "/spec/containers/0", value: 1 })))),
  patch("JSON patch: 1,500 tests", targets.configMap, JSON_PATCH, JSON.stringify(times(2_000, () => ({ op: "test", path: "/data", value: {} })))),
  patch("JSON patch: moves around", targets.configMap, JSON_PATCH, JSON.stringify(times(1_500, (i) => ({ op: "move", from: i % 2 ? "/b" : "/data", path: i % 2 ? "/data" : "/b" })))),
  patch("JSON patch: a pointer 45,000 deep", targets.configMap, JSON_PATCH, JSON.stringify([{ op: "add", path: "/a".repeat(45_000), value: 1 }])),
  patch("JSON patch: a pointer of escapes", targets.configMap, JSON_PATCH, JSON.stringify([{ op: "add", path: `/${"~1".repeat(45_000)}`, value: 1 }])),
  patch("JSON patch: an index of 95,000 digits", targets.pod, JSON_PATCH, JSON.stringify([{ op: "add", path: `/spec/containers/${"9".repeat(95_000)}`, value: 1 }])),
  patch("JSON patch: 30,000 operations that are none", targets.configMap, JSON_PATCH, `[${times(30_000, () => "{}")}]`),
  patch("JSON patch: a value 45,000 deep", targets.configMap, JSON_PATCH, `[{"op":"add","path":"/x","value":${nested("[", "]", 45_000)}}]`),
  ...[MERGE, STRATEGIC, APPLY].flatMap((type) => {
    const query = type === APPLY ? "?fieldManager=m&force=true" : "";
    const named = type === APPLY ? '"apiVersion":"v1","kind":"ConfigMap",' : "";
    const namedPod = type === APPLY ? '"apiVersion":"v1","kind":"Pod",' : "";
    return [
      patch(`${type}: 15,000 deep`, targets.configMap + query, type, `{${named}"data":${nested('{"a":', "}", 15_000, "1")}}`),
      patch(`${type}: 7,000 keys`, targets.configMap + query, type, `{${named}"data":{${times(7_000, (i) => `"k${i}":"v"`)}}}`),
      patch(`${type}: the keys are gone again`, targets.configMap + query, type, `{${named}"data":${type === APPLY ? "{}" : "null"}}`),
      patch(`${type}: 7,000 nulls`, targets.configMap + query, type, `{${named}"data":{${times(7_000, (i) => `"k${i}":null`)}}}`),
      patch(`${type}: 15,000 repeated keys`, targets.configMap + query, type, `{${named}${times(15_000, () => '"a":1')}}`),
      patch(`${type}: 5,000 finalizers`, targets.configMap + query, type, `{${named}"metadata":{"finalizers":[${times(5_000, (i) => `"example.com/${i}"`)}]}}`),
      patch(`${type}: no finalizers`, targets.configMap + query, type, `{${named}"metadata":{"finalizers":[]}}`),
      patch(`${type}: 2,500 containers`, targets.pod + query, type, `{${namedPod}"spec":{"containers":[${times(2_500, (i) => `{"name":"c${i}","image":"b"}`)}]}}`),
      patch(`${type}: 3,000 variables`, targets.pod + query, type, `{${namedPod}"spec":{"containers":[{"name":"a","env":[${times(3_000, (i) => `{"name":"V${i}","value":"v"}`)}]}]}}`),
      patch(`${type}: 2,000 ports of two protocols`, targets.deployment + query, type, `{${type === APPLY ? '"apiVersion":"apps/v1","kind":"Deployment",' : ""}"spec":{"template":{"spec":{"containers":[{"name":"a","ports":[${times(1_800, (i) => `{"containerPort":${i + 1},"protocol":"${i % 2 ? "TCP" : "UDP"}"}`)}]}]}}}}`),
      patch(`${type}: again, other ports`, targets.deployment + query, type, `{${type === APPLY ? '"apiVersion":"apps/v1","kind":"Deployment",' : ""}"spec":{"template":{"spec":{"containers":[{"name":"a","ports":[${times(1_800, (i) => `{"containerPort":${i + 3000},"protocol":"${i % 2 ? "TCP" : "UDP"}"}`)}]}]}}}}`),
    ];
  }),
  ...([
    ["5,000 deletions from a list of texts", `{"metadata":{"$deleteFromPrimitiveList/finalizers":[${times(5_000, (i) => `"example.com/${i}"`)}]}}`],
    ["an order of 4,000", `{"metadata":{"$setElementOrder/finalizers":[${times(4_000, (i) => `"example.com/${i}"`)}],"finalizers":[${times(1_000, (i) => `"example.com/${i}"`)}]}}`],
    ["3,000 deletions by key", `{"spec":{"containers":[${times(2_500, (i) => `{"$patch":"delete","name":"c${i}"}`)}]}}`],
    ["an order of 3,000 by key", `{"spec":{"$setElementOrder/containers":[${times(4_000, (i) => `{"name":"c${i}"}`)}],"containers":[${times(1_000, (i) => `{"name":"c${999 - i}","image":"x"}`)}]}}`],
    ["20,000 kept keys", `{"spec":{"$retainKeys":[${times(10_000, (i) => `"k${i}"`)}]}}`],
    ["directives 5,000 deep", nested('{"$patch":"merge","spec":', "}", 3_000, "{}")],
    ["entries without a key", `{"spec":{"containers":[${times(20_000, () => "{}")}]}}`],
    ["entries that are no objects", `{"spec":{"containers":[${times(40_000, () => "1")}]}}`],
    ["the same entry 3,000 times", `{"spec":{"containers":[${times(3_000, () => '{"name":"a","image":"b"}')}]}}`],
  ] as const).map(([name, body]) => patch(`strategic merge: ${name}`, name.includes("texts") || name.includes("4,000") ? targets.configMap : targets.pod, STRATEGIC, body)),
];

const query = (name: string, value: string) => `${CONFIG_MAPS}?${name}=${encodeURIComponent(value)}`;
const queries: HostileInput[] = ([
  ["labels: 10,000 terms", query("labelSelector", times(10_000, (i) => `k${i}`).join(","))],
  ["labels: 5,000 equalities", query("labelSelector", times(5_000, (i) => `k${i}=v`).join(","))],
  ["labels: 12,000 values", query("labelSelector", `a in (${times(12_000, (i) => i)})`)],
  ["labels: parentheses without end", query("labelSelector", `a in ${"(".repeat(30_000)}`)],
  ["labels: spaces without end", query("labelSelector", `a${" ".repeat(30_000)}=b`)],
  ["labels: commas without end", query("labelSelector", ",".repeat(30_000))],
  ["labels: exclamation marks without end", query("labelSelector", "!".repeat(30_000))],
  ["labels: a key of 95,000 characters", query("labelSelector", "a.".repeat(45_000))],
  ["fields: 3,500 terms", query("fieldSelector", times(3_500, (i) => `metadata.name!=n${i}`).join(","))],
  ["fields: backslashes without end", query("fieldSelector", `metadata.name=${"\\".repeat(30_000)}`)],
  ["fields: equal signs without end", query("fieldSelector", "=".repeat(30_000))],
  ["continue: 95,000 characters of nothing", query("continue", "A".repeat(95_000))],
  ["continue: JSON 20,000 deep", query("continue", Buffer.from(nested("[", "]", 30_000)).toString("base64url"))],
  ["continue: a key of 60,000 characters", query("continue", Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv: 1, start: "a".repeat(60_000) })).toString("base64url"))],
  ["limit: 95,000 digits", query("limit", "9".repeat(95_000))],
  ["resourceVersion: 95,000 digits", query("resourceVersion", "9".repeat(95_000))],
  ["20,000 parameters", `${CONFIG_MAPS}?${times(20_000, (i) => `a${i % 7}`).join("&")}`],
  ["percent signs", `${CONFIG_MAPS}?${"%".repeat(90_000)}`],
  ["a path of 30,000 segments", `/api/v1${"/a".repeat(45_000)}`],
  ["a path of slashes", `/api/v1${"/".repeat(90_000)}`],
  ["a path of escapes", `/api/v1/namespaces/default/configmaps/${"%2F".repeat(30_000)}`],
  ["a path of dots", `/api/v1/namespaces/default/configmaps/${"%2e%2e/".repeat(13_000)}`],
  ["a path of broken escapes", `/api/v1/namespaces/default/configmaps/${"%".repeat(90_000)}`],
  ["a proxy path of 30,000 segments", `${NS}/pods/target/proxy${"/a".repeat(45_000)}`],
  ["an OpenAPI hash of 95,000 characters", `/openapi/v3/apis/apps/v1?hash=${"A".repeat(95_000)}`],
  ["an OpenAPI path of 95,000 characters", `/openapi/v3/${"apis/".repeat(18_000)}`],
] as const).map(([name, path]) => ({ name: `query: ${name}`, path }));

const headers: HostileInput[] = [
  { name: "header: 12,000 ETags", path: "/openapi/v3", headers: { "if-none-match": times(12_000, (i) => `"${i}"`).join(",") } },
  { name: "header: ETags of commas", path: "/apis", headers: { "if-none-match": ",".repeat(95_000) } },
  { name: "header: Accept of 7,000 ranges", path: CONFIG_MAPS, headers: { accept: times(6_500, (i) => `a/b${i};q=0.1`).join(",") } },
  { name: "header: Accept of semicolons", path: CONFIG_MAPS, headers: { accept: `a/b${";".repeat(90_000)}` } },
  { name: "header: an audit id of 95,000 characters", path: CONFIG_MAPS, headers: { "audit-id": "a".repeat(95_000) } },
  { name: "header: a token of 95,000 characters", path: CONFIG_MAPS, headers: { authorization: `Bearer ${"a.".repeat(45_000)}` } },
  { name: "header: a token of one part", path: CONFIG_MAPS, headers: { authorization: `Bearer eyJhbGciOiJFUzI1NiJ9.${"a".repeat(90_000)}.a` } },
  { name: "header: a user of 95,000 characters", path: CONFIG_MAPS, headers: { "impersonate-user": "u".repeat(95_000) } },
  { name: "header: 5,000 groups", path: CONFIG_MAPS, headers: { "impersonate-user": "u", "impersonate-group": times(20_000, (i) => `g${i}`).join(",").slice(0, 95_000) } },
  { name: "header: spaces before a content type", method: "POST", path: CONFIG_MAPS, headers: { "content-type": `a${" ".repeat(90_000)}/b` }, body: "{}" },
];

const crd = (schema: unknown, more: object = {}): string => JSON.stringify({
  apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: "hostiles.example.com" },
  spec: { group: "example.com", scope: "Namespaced", names: { plural: "hostiles", kind: "Hostile" }, versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object", properties: { spec: schema } } }, ...more }] },
});
const deepSchema = (depth: number): unknown => { let schema: unknown = { type: "string" }; for (let i = 0; i < depth; i++) schema = { type: "object", properties: { a: schema } }; return schema; };
const ruled = (...rules: string[]) => ({ type: "object", properties: { a: { type: "string" }, l: { type: "array", items: { type: "string" } } }, "x-kubernetes-validations": rules.map((rule) => ({ rule })) });

const definitions: HostileInput[] = ([
  ["a schema 1,000 deep", deepSchema(1_000)],
  ["2,000 properties", { type: "object", properties: Object.fromEntries(times(2_500, (i) => [`p${i}`, { type: "string" }])) }],
  ["an enumeration of 15,000", { type: "string", enum: times(9_000, (i) => `e${i}`) }],
  ["junctors 500 deep", nestedJunctors(500)],
  ["a junctor of 3,000", { type: "object", anyOf: times(4_000, () => ({ required: ["a"] })) }],
  ["a pattern that multiplies", { type: "string", pattern: "((((a{1,100}){1,100}){1,100}){1,100})" }],
  ["a pattern of 90,000 parentheses", { type: "string", pattern: nested("(", ")", 45_000) }],
  ["a pattern of alternatives", { type: "string", pattern: times(20_000, (i) => `a${i % 10}`).join("|") }],
  ["a pattern of stars", { type: "string", pattern: `${"a*".repeat(40_000)}b` }],
  ["a pattern of classes", { type: "string", pattern: "\\\\p{L}".repeat(10_000) }],
  ["1,000 patterns", { type: "object", properties: Object.fromEntries(times(1_500, (i) => [`p${i}`, { type: "string", pattern: `^(a|b|c){${i % 100}}$` }])) }],
  ["a default 10,000 deep", { type: "object", "x-kubernetes-preserve-unknown-fields": true, default: JSON.parse(nested('{"a":', "}", 4_000, "1")) }],
  ["a default of 10,000 entries", { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" }, default: times(9_000, (i) => `s${i}`) }],
  ["a keyed default of 3,000 entries", { type: "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"], items: { type: "object", required: ["k"], properties: { k: { type: "string" } } }, default: times(5_000, (i) => ({ k: `s${i}` })) }],
  ["a rule of parentheses", ruled(nested("(", ")", 40_000, "true"))],
  ["a rule of exclamation marks", ruled(`${"!".repeat(60_000)}true`)],
  ["a rule of additions", ruled(`${"1+".repeat(30_000)}1 > 0`)],
  ["a rule of selections", ruled(`self${".a".repeat(30_000)} == 1`)],
  ["a rule of a list of 30,000", ruled(`[${times(25_000, () => "1")}].size() > 0`)],
  ["a rule of macros in each other", ruled(`${"self.l.all(x, ".repeat(40)}true${")".repeat(40)}`)],
  ["a rule of conditions", ruled(`${"true ? ".repeat(5_000)}true${" : false".repeat(5_000)}`)],
  ["a rule of strings", ruled(`"${"a".repeat(90_000)}" == self.a`)],
  ["a rule of conjunctions", ruled(times(5_500, () => "self.a == 'a'").join(" && "))],
  ["a rule that matches a pattern", ruled("self.a.matches('((a{1,100}){1,100}){1,100}b')")],
  ["1,500 rules", ruled(...times(1_500, (i) => `self.a != 'a${i}'`))],
] as const).map(([name, schema]): HostileInput => post(`definition: ${name}`, CRDS, crd(schema)));

function nestedJunctors(depth: number): unknown {
  let schema: unknown = {};
  for (let i = 0; i < depth; i++) schema = { allOf: [schema], not: {} };
  return { type: "object", ...(schema as object) };
}

const columns: HostileInput[] = ([
  ["a JSON path of dots", ".".repeat(50_000)], ["a JSON path of brackets", nested("[", "]", 30_000)], ["a JSON path of names", ".a".repeat(30_000)], ["a JSON path of stars", "[*]".repeat(20_000)], ["a JSON path of filters", ".a[?(@.b==1)]".repeat(5_000)],
] as const).map(([name, jsonPath]): HostileInput => post(`definition: ${name}`, CRDS, crd({ type: "object" }, { additionalPrinterColumns: [{ name: "A", type: "string", jsonPath }] })));

const widget = (spec: string): string => `{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"hostile"},"spec":${spec}}`;
const customResources: HostileInput[] = ([
  ["a set of 9,000", `{"set":[${times(9_000, (i) => `"s${i}"`)}]}`],
  ["a set of equals", `{"set":[${times(24_000, () => '"a"')}]}`],
  ["a list of 6,000 objects", `{"objects":[${times(6_000, (i) => `{"a":${i}}`)}]}`],
  ["a keyed list of 5,000", `{"map":[${times(4_500, (i) => `{"id":"${i}"}`)}]}`],
  ["a keyed list of 5,000 equals", `{"map":[${times(6_000, () => '{"id":"a"}')}]}`],
  ["text against a pattern that looks bad", `{"pattern":"${"a".repeat(90_000)}"}`],
  ["text against rules", `{"text":"${"a".repeat(90_000)}"}`],
  ["a list against rules", `{"list":[${times(20_000, () => '"a"')}]}`],
  ["9,000 fields to prune", `{${times(9_000, (i) => `"u${i}":1`)}}`],
  ["15,000 deep where anything may be", `{"free":${nested('{"a":', "}", 14_000, "1")}}`],
  ["15,000 deep to prune", `{"odd":${nested('{"a":', "}", 14_000, "1")}}`],
  ["a quantity of 90,000 digits", `{"quantity":"${"9".repeat(90_000)}"}`],
  ["wrong in 20,000 places", `{"list":[${times(40_000, () => "1")}]}`],
] as const).flatMap(([name, spec]) => [
  post(`custom resource: ${name}`, "/apis/example.com/v1/namespaces/default/widgets", widget(spec)),
  patch(`custom resource applied: ${name}`, `${targets.widget}?fieldManager=m&force=true`, APPLY, widget(spec).replace('"hostile"', '"target"')),
  patch(`custom resource merged: ${name}`, targets.widget, MERGE, `{"spec":${spec}}`),
]);

const policies: HostileInput[] = ([
  ["parentheses", nested("(", ")", 40_000, "true")],
  ["macros in each other", `${"object.data.all(x, ".repeat(30)}true${")".repeat(30)}`],
  ["lists that multiply", `${times(12, () => "[1,2,3,4,5,6,7,8,9].all(a, ").join("")}true${")".repeat(12)}`],
  ["a format of formats", `"${"%s".repeat(10_000)}".format([1]) == ""`],
  ["a long regular expression", `"a".matches("${"(a?)".repeat(10_000)}")`],
  ["texts that double", `${"'x'"}${".replace('x','xx')".repeat(3_000)} == ''`],
  ["conjunctions", times(5_000, () => "object.a == 'a'").join(" && ")],
] as const).map(([name, expression]): HostileInput => post(`policy: ${name}`, POLICIES, JSON.stringify({
  apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingAdmissionPolicy", metadata: { name: "hostile" },
  spec: { matchConstraints: { resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"], operations: ["CREATE"] }] }, validations: [{ expression }] },
})));

/** A definition whose resources are checked in every way, for the inputs above. */
export const widgetDefinition = JSON.stringify({
  apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: "widgets.example.com" },
  spec: { group: "example.com", scope: "Namespaced", names: { plural: "widgets", kind: "Widget" }, versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object", properties: { spec: {
    type: "object",
    properties: {
      set: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } },
      objects: { type: "array", items: { type: "object", "x-kubernetes-preserve-unknown-fields": true }, uniqueItems: false },
      map: { type: "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["id"], items: { type: "object", required: ["id"], properties: { id: { type: "string" } } } },
      pattern: { type: "string", pattern: "^(a+)+b$" }, quantity: { "x-kubernetes-int-or-string": true, pattern: "^[0-9]+$" },
      text: { type: "string", "x-kubernetes-validations": [{ rule: "!self.contains('b')" }, { rule: "!self.matches('^(a|a)*b$')" }, { rule: "self.size() < 1000000" }] },
      list: { type: "array", maxItems: 50_000, items: { type: "string", maxLength: 10 }, "x-kubernetes-validations": [{ rule: "self.all(x, x != 'b')" }] },
      free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    },
  } } } } }] },
});

export const all: readonly HostileInput[] = [
  ...jsonBodies, ...yamlBodies, ...protobufBodies, ...patches, ...queries, ...headers, ...definitions, ...columns, ...customResources, ...policies,
];
