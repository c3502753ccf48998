/** Custom resources of two versions with a webhook between them, as kubectl meets them. */
import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { issueServingPair } from "../../src/auth/certificates.ts";
import { createClusterKeys } from "../../src/auth/keys.ts";
import { textToBase64 } from "../../src/lib/base64.ts";
import { apply, eventually, hasContainers, installation, kubectl, kubectlWithInput, startKubectl, tryKubectl, useNamespace } from "./support/shared.ts";

const NS = "custom-resources";
const IN = `-n ${NS}`;
const DEFINITION = "hosts.stable.example.com";
const { ca } = createClusterKeys({ nowMs: Date.now() });
type Json = Record<string, any>;

/** v1 has "host:port" in one field, v2 has two. */
function convert({ hostPort, host, port, ...rest }: Json, to: string): Json {
  if (!to.endsWith("v2")) return { ...rest, apiVersion: to, hostPort: `${host}:${port}` };
  const [name, number] = String(hostPort).split(":");
  return { ...rest, apiVersion: to, host: name, port: number };
}

function createConverter(address: string): Server {
  const { certificatePem, privateKeyPem } = issueServingPair(ca, { commonName: "converter", days: 1, ips: [address] }, Date.now());
  return createServer({ cert: certificatePem, key: privateKeyPem }, async (asked, answer) => {
    const { request: { uid, desiredAPIVersion, objects } } = await json(asked) as Json;
    const response = { uid, result: { status: "Success" }, convertedObjects: objects.map((object: Json) => convert(object, desiredAPIVersion)) };
    answer.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ apiVersion: "apiextensions.k8s.io/v1", kind: "ConversionReview", response }));
  });
}

const text = { type: "string" };
const version = (name: string, storage: boolean, properties: Json, column: string, more: Json = {}): Json => ({
  name, served: true, storage, schema: { openAPIV3Schema: { type: "object", description: `A host in ${name}.`, properties } },
  additionalPrinterColumns: [{ name: column, type: "string", jsonPath: `.${column.toLowerCase()}` }], ...more,
});
const definition = (conversion: Json): Json => ({
  apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: DEFINITION },
  spec: {
    group: "stable.example.com", scope: "Namespaced", names: { plural: "hosts", kind: "Host", shortNames: ["ho"] }, conversion,
    versions: [
      version("v1", true, { hostPort: { ...text, description: "Both in one." } }, "HostPort", { deprecated: true, additionalPrinterColumns: [{ name: "HostPort", type: "string", jsonPath: ".hostPort" }] }),
      version("v2", false, { host: { ...text, description: "Its name." }, port: { ...text, "x-kubernetes-validations": [{ rule: "int(self) < 65536", message: "there is no such port" }] } }, "Port", { selectableFields: [{ jsonPath: ".port" }] }),
    ],
  },
});
const one = (name: string, hostPort: string): Json => ({ apiVersion: "stable.example.com/v1", kind: "Host", metadata: { name, namespace: NS }, hostPort });
const two = (name: string, host: string, port: string): Json => ({ apiVersion: "stable.example.com/v2", kind: "Host", metadata: { name, namespace: NS }, host, port });

describe.skipIf(!hasContainers)("custom resources", () => {
  useNamespace(NS);
  let converter: Server;

  beforeAll(async () => {
    if (!hasContainers) return;
    // Of this machine, as its nodes reach it.
    const address = installation.nodes[0]!.address.replace(/\d+$/, "1");
    converter = createConverter(address).listen(0, address);
    await once(converter, "listening");
    const url = `https://${address}:${(converter.address() as AddressInfo).port}/convert`;
    await apply(definition({ strategy: "Webhook", webhook: { clientConfig: { url, caBundle: textToBase64(ca.certificatePem) }, conversionReviewVersions: ["v1"] } }));
  });

  afterAll(async () => {
    if (!hasContainers) return;
    await kubectl(`delete crd ${DEFINITION} --ignore-not-found`);
    converter.closeAllConnections();
    converter.close();
  });

  test("each version is read, listed, selected and watched as itself", async () => {
    const watch = startKubectl(`get hosts.v2.stable.example.com ${IN} --watch -o custom-columns=N:.metadata.name,P:.port --no-headers`);
    await apply(one("a", "left:80"));
    await apply(two("b", "right", "443"));
    expect(await kubectl(`get hosts.v1.stable.example.com ${IN} -o jsonpath={.items[*].hostPort}`)).toBe("left:80 right:443");
    expect(await kubectl(`get hosts.v2.stable.example.com ${IN} -o jsonpath={.items[*].port}`)).toBe("80 443");
    expect(await kubectl(`get hosts.v2.stable.example.com ${IN} --field-selector port=443 --no-headers`)).toMatch(/^b\s+443\s*$/);
    await kubectl(`patch hosts.v1.stable.example.com a ${IN} --type=merge -p`, '{"hostPort":"left:81"}');
    expect(await kubectl(`get ho a ${IN} -o jsonpath={.host}/{.port}`)).toBe("left/81");
    await eventually(async () => expect(watch.output().match(/\b[ab]\s+\d+/g)?.map((line) => line.replace(/\s+/, " "))).toEqual(["a 80", "b 443", "a 81"]));
    await watch.stop();
  });

  test("what is wrong is said in the version that was written, and an old version warns", async () => {
    expect((await kubectlWithInput(`create ${IN} -f -`, JSON.stringify(two("c", "x", "70000")))).stderr).toBe('The Host "c" is invalid: port: Invalid value: "70000": there is no such port\n');
    expect((await kubectlWithInput(`create ${IN} --dry-run=server -f -`, JSON.stringify({ ...two("c", "x", "1"), hostPort: "x:1" }))).stderr).toContain('strict decoding error: unknown field "hostPort"');
    expect((await tryKubectl(`get hosts.v1.stable.example.com ${IN}`)).stderr).toBe("Warning: stable.example.com/v1 Host is deprecated; use stable.example.com/v2 Host\n");
  });

  test("each version is explained", async () => {
    expect(await kubectl("explain hosts")).toMatch(/VERSION:\s+v2[^]*A host in v2\.[^]*host\s+<string>\s+Its name\./);
    expect(await kubectl("explain hosts.hostPort --api-version=stable.example.com/v1")).toMatch(/FIELD: hostPort <string>[^]*Both in one\./);
  });

  test("when the definition goes, so do the objects, and a watch ends", async () => {
    const watch = startKubectl(`get hosts.v2.stable.example.com ${IN} --watch-only --output-watch-events`);
    let tries = 0;
    await eventually(async () => { // until the watch has begun
      await kubectl(`label hosts.v2.stable.example.com b ${IN} --overwrite x=${++tries}`);
      expect(watch.output()).toContain("MODIFIED");
    });
    await kubectl(`delete crd ${DEFINITION}`);
    await eventually(async () => expect(watch.output().match(/DELETED/g)).toHaveLength(2));
    expect((await tryKubectl(`get hosts ${IN}`)).stderr).toContain("(NotFound)");
    await watch.stop();
  });
});
