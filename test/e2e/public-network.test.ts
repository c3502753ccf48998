import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { ROOT } from "../../cli/bundle.ts";
import { servingCertificates } from "../../cli/certificates.ts";
import { Service } from "../../cli/process.ts";
import { workerdConfig } from "../../cli/workerd-config.ts";
import { freePort } from "./support/installation.ts";

/** Fetches what it is told, as a webhook's URL or an issuer's would be. */
const FETCHER = `
import { DurableObject } from "cloudflare:workers";
class Cluster extends DurableObject {}
class Tunnel extends DurableObject {}
export { Cluster, Tunnel };
export default { async fetch(request) {
  try { return new Response("got " + (await fetch(new URL(request.url).searchParams.get("url"))).status); } catch { return new Response("refused"); }
} };`;

// A name that leads to a private address is like any other until it is looked up; `localhost` is one on every machine.
describe("what the local workerd fetches", () => {
  const dir = mkdtempSync("/tmp/iso-net-");
  let asked = 0;
  const target = createServer((_, response) => { asked++; response.end(); });
  let fetched: (config: (text: string) => string, url: string) => Promise<string>;

  beforeAll(async () => {
    await once(target.listen(0, "127.0.0.1"), "listening");
    for (const name of ["storage", "assets"]) mkdirSync(join(dir, name));
    writeFileSync(join(dir, "worker.js"), FETCHER);
    const certificates = await servingCertificates(dir, { dns: ["localhost"], ips: ["127.0.0.1"] });
    fetched = async (config, url) => {
      const port = await freePort();
      writeFileSync(join(dir, "workerd.capnp"), config(workerdConfig({
        bundlePath: "worker.js", addresses: [`127.0.0.1:${port}`], storageDir: join(dir, "storage"), directorySocket: join(dir, "none.sock"), assetsDir: join(dir, "assets"),
        certificatePem: certificates.certificatePem, keyPem: certificates.keyPem, vars: {}, secrets: [], compatibilityDate: "2026-10-01",
      })));
      const service = new Service({ name: "workerd", command: join(ROOT, "node_modules", ".bin", "workerd"), args: ["serve", "--experimental", join(dir, "workerd.capnp")], logFile: join(dir, "workerd.log"), restart: false, graceMs: 300 });
      try {
        return await vi.waitFor(() => answerOf(`https://127.0.0.1:${port}/?url=${encodeURIComponent(url)}`, certificates.caPem), { timeout: 10_000, interval: 50 });
      } finally {
        await service.stop();
      }
    };
  });
  afterAll(() => {
    target.close();
    rmSync(dir, { recursive: true, force: true });
  });

  test.each(["localhost", "127.0.0.1"])("is not http://%s", async (host) => {
    expect(await fetched((text) => text, `http://${host}:${(target.address() as AddressInfo).port}/`)).toBe("refused");
    expect(asked).toBe(0);
  });

  test("would be that, if it were allowed", async () => {
    const open = (text: string) => text.replace('allow = ["public"]', 'allow = ["public", "private", "local"]');
    expect(await fetched(open, `http://localhost:${(target.address() as AddressInfo).port}/`)).toBe("got 200");
    expect(asked).toBe(1);
  });
});

function answerOf(url: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request(url, { ca, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => { text += part; }).on("end", () => resolve(text));
    }).on("error", reject).end();
  });
}
