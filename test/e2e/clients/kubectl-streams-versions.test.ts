/** The streams of kubectl's four versions, with a real pod: each version asks in its own way (WebSocket first since 1.30, SPDY inside of it for ports). */
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { CLIENT_VERSIONS, clients } from "../support/clients.ts";
import { clientsWith } from "../support/installation.ts";
import { startClient } from "../support/running-client.ts";
import { apply, eventually, hasContainers, IMAGE, installation, kubectl, useNamespace } from "../support/shared.ts";

const NS = "versions";

describe.skipIf(!hasContainers)("streams", () => {
  useNamespace(NS);
  beforeAll(async () => {
    if (!hasContainers) return;
    const script = "httpd -p 8080 -h /www; echo started; while read line; do echo got $line; done; sleep 10000";
    for (const version of CLIENT_VERSIONS) await apply({ apiVersion: "v1", kind: "Pod", metadata: { name: version, namespace: NS }, spec: { terminationGracePeriodSeconds: 0, containers: [{ name: "main", image: IMAGE, stdin: true, command: ["sh", "-c", script] }] } });
    await kubectl(`wait pod --all -n ${NS} --for=condition=Ready --timeout=60s`);
  });

  describe.each(CLIENT_VERSIONS)("kubectl %s", (version) => {
    const plain = hasContainers ? clientsWith(installation.kubeconfig, installation.dataDir, version) : undefined;
    const run = (args: string[], input?: string) => plain!.tryKubectl(["-n", NS, ...args], input);
    const start = (...args: string[]) => startClient(clients(version).kubectl, ["-n", NS, ...args], { PATH: process.env.PATH, HOME: installation.dataDir, KUBECONFIG: installation.kubeconfig });

    test("exec: input, both outputs, exit code", async () => {
      expect(await run(["exec", "-i", version, "--", "sh", "-c", "wc -c; echo problem >&2; exit 7"], "x".repeat(300_000))).toMatchObject({ code: 7, stdout: "300000\n", stderr: expect.stringMatching(/^problem\n/) });
    });

    test("logs are followed while attach types", async () => {
      const [log, attached] = [start("logs", "-f", version), start("attach", "-i", version)];
      await log.until(/started\n/);
      await eventually(() => { // attached when the first line arrives
        attached.child.stdin!.write("hello\n");
        return log.output().includes("got hello\n");
      });
      await attached.stop();
      await log.stop();
    });

    test("cp there and back", async () => {
      const folder = mkdtempSync(join(installation.dataDir, "cp-"));
      const content = randomBytes(1_000_000);
      writeFileSync(join(folder, "there"), content);
      expect(await run(["cp", join(folder, "there"), `${version}:/tmp/there`])).toMatchObject({ code: 0 });
      expect(await run(["cp", `${version}:/tmp/there`, join(folder, "back")])).toMatchObject({ code: 0 });
      expect(readFileSync(join(folder, "back")).equals(content)).toBe(true);
    });

    test("port-forward", async () => {
      const forward = start("port-forward", `pod/${version}`, ":8080");
      const [, port] = await forward.until(/127\.0\.0\.1:(\d+) -> 8080/);
      for (let n = 0; n < 3; n++) expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("Isopod\n");
      await forward.stop();
    });

    test("run --rm and debug", async () => {
      expect(await run(["run", `once-${version}`, "-i", "--rm", `--image=${IMAGE}`, "--restart=Never", "--quiet", "--", "sh", "-c", "echo done"])).toMatchObject({ code: 0, stdout: expect.stringContaining("done") });
      await run(["debug", version, `--image=${IMAGE}`, "-c", "looker", "--target=main", "--", "sh", "-c", "ps; sleep 10000"]);
      await eventually(async () => expect((await run(["logs", version, "-c", "looker"])).stdout).toContain("httpd -p 8080"));
    });
  });
});
