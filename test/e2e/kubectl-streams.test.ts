/** kubectl into running containers: exec, attach, cp, logs, debug, run, port-forward, proxy. */
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { freePort } from "./support/installation.ts";
import { runClient } from "./support/run-client.ts";
import { apply, eventually, getJson, hasContainers, IMAGE, installation, kubectl, kubectlWithInput, startKubectl, tryKubectl, useNamespace } from "./support/shared.ts";
import { clients } from "./support/clients.ts";

const NS = "streams";
const IN = `-n ${NS}`;
const container = (name: string, script: string, more: object = {}) => ({ name, image: IMAGE, command: ["sh", "-c", script], ...more });
const pod = (name: string, ...containers: object[]) => ({ apiVersion: "v1", kind: "Pod", metadata: { name, namespace: NS, labels: { app: name } }, spec: { terminationGracePeriodSeconds: 1, containers } });

/** In a terminal of its own, as a person would type it. */
const inTerminal = (line: string, input = "") =>
  runClient("script", ["-qec", `stty cols 93 rows 31; ${clients().kubectl} ${line}`, "/dev/null"], { env: { ...process.env, KUBECONFIG: installation.kubeconfig, TERM: "xterm" }, input, timeoutMs: 30_000 });

const fetchText = (url: string): Promise<string> => new Promise((resolve, reject) => {
  get(url, { agent: false, timeout: 5_000 }, (answer) => {
    let text = "";
    answer.setEncoding("utf8").on("data", (chunk: string) => { text += chunk; }).on("end", () => resolve(text));
  }).on("error", reject);
});

describe.skipIf(!hasContainers)("kubectl and streams", () => {
  useNamespace(NS);
  beforeAll(async () => {
    if (!hasContainers) return;
    await apply({ apiVersion: "v1", kind: "List", items: [
      pod("box", container("main", "httpd -p 127.0.0.1:9001 -h /www; exec httpd -f -p 8080 -h /www", { ports: [{ name: "http", containerPort: 8080 }] }), container("side", "echo from-side; exec sleep 10000")),
      pod("crash", container("main", 'i=0; while [ $i -lt 5 ]; do echo line-$i; i=$((i+1)); done; sleep 0.3; echo problem >&2; exit 1')),
      pod("reader", container("main", 'while read line; do echo "got $line"; done; echo over', { stdin: true, stdinOnce: true }), container("talk", "while :; do echo tick; sleep 0.2; done")),
    ] });
    await kubectl(`wait pod/box pod/reader ${IN} --for=condition=Ready --timeout=60s`);
  });

  describe("exec", () => {
    test("output, error output and exit code arrive apart", async () => {
      expect(await tryKubectl(`exec box -c main ${IN} -- sh -c`, "echo out; echo err >&2; exit 7")).toEqual({ code: 7, stdout: "out\n", stderr: "err\ncommand terminated with exit code 7\n" });
    });

    test("standard input is read to its end", async () => {
      expect((await kubectlWithInput(`exec -i box -c main ${IN} -- wc -c`, "x".repeat(300_000))).stdout.trim()).toBe("300000");
      expect((await kubectlWithInput(`exec -i box -c main ${IN} -- cat`, "")).code).toBe(0);
    });

    test("a terminal has its size, echoes, and gives the exit code", async () => {
      const done = await inTerminal(`exec -it box -c main ${IN} -- sh -c 'sleep 0.5; stty size; tty; exit 5'`);
      expect(done.stdout).toContain("31 93");
      expect(done.stdout).toContain("/dev/pts/");
      expect(done.code).toBe(5);
    });

    test("much output arrives whole, also when the reader is slow to begin", async () => {
      const { stdout } = await tryKubectl(`exec box -c main ${IN} -- sh -c`, "yes 0123456789abcde | head -c 8000000");
      expect(stdout.length).toBe(8_000_000);
    });

    test("what cannot be done says why", async () => {
      expect((await tryKubectl(`exec box -c main ${IN} -- no-such-command`)).stderr).toContain("no-such-command");
      expect((await tryKubectl(`exec box -c nope ${IN} -- ls`)).stderr).toContain("container nope is not valid for pod box");
      expect((await tryKubectl(`exec nosuch ${IN} -- ls`)).stderr).toBe('Error from server (NotFound): pods "nosuch" not found\n');
      expect((await tryKubectl(`exec crash ${IN} -- ls`)).stderr).toMatch(/container not found|unable to upgrade|not running/);
    });

    test("sixteen at once", async () => {
      const all = await Promise.all(Array.from({ length: 16 }, (_, n) => kubectl(`exec box -c main ${IN} -- echo ${n}`)));
      expect(all).toEqual(Array.from({ length: 16 }, (_, n) => `${n}\n`));
    });
  });

  test("cp carries megabytes both ways without a changed byte", async () => {
    const there = join(installation.dataDir, "there.bin");
    const back = join(installation.dataDir, "back.bin");
    writeFileSync(there, randomBytes(5_000_000));
    await kubectl(`cp ${there} ${NS}/box:/tmp/there.bin -c main`);
    await kubectl(`cp ${NS}/box:/tmp/there.bin ${back} -c main`);
    expect(readFileSync(back).equals(readFileSync(there))).toBe(true);
  });

  test("attach gives what is typed to the container, and its end", async () => {
    const attached = startKubectl(`attach -i reader -c main ${IN}`);
    await eventually(async () => {
      attached.child.stdin!.write("hello\n");
      return /got hello/.test(attached.output());
    });
    attached.child.stdin!.end();
    await attached.until(/over/);
    await attached.exited;
  });

  describe("logs", () => {
    test("--tail, --timestamps, --since, --limit-bytes, standard error among them", async () => {
      await eventually(async () => expect(await kubectl(`logs crash ${IN} --tail=2`)).toBe("line-4\nproblem\n"));
      expect(await kubectl(`logs crash ${IN} --timestamps --tail=1`)).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z problem\n$/);
      expect(await kubectl(`logs crash ${IN} --limit-bytes=6`)).toBe("line-0");
      expect(await kubectl(`logs reader -c talk ${IN} --since=1s`)).toMatch(/^(tick\n){1,8}$/);
    });

    test("--previous tells of the life before", async () => {
      await eventually(async () => (await getJson(`pod crash ${IN}`)).status.containerStatuses[0].restartCount > 0);
      expect(await kubectl(`logs crash ${IN} --previous`)).toBe("line-0\nline-1\nline-2\nline-3\nline-4\nproblem\n");
      expect((await tryKubectl(`logs box -c main ${IN} --previous`)).stderr).toMatch(/previous terminated container "main" in pod "box" not found/);
    });

    test("--all-containers with --prefix, by selector, of a missing container", async () => {
      expect(await kubectl(`logs box ${IN} --all-containers --prefix`)).toBe("[pod/box/side] from-side\n");
      expect(await kubectl(`logs -l app=box ${IN} -c side`)).toBe("from-side\n");
      expect((await tryKubectl(`logs box -c nope ${IN}`)).stderr).toContain("container nope is not valid for pod box");
      expect((await tryKubectl(`logs box ${IN}`)).stdout + (await tryKubectl(`logs box ${IN}`)).stderr).toContain('Defaulted container "main" out of: main, side');
    });

    test("-f follows and ends with the pod", async () => {
      await apply(pod("brief", container("main", "echo first; sleep 1; echo last")));
      await kubectl(`wait pod/brief ${IN} --for=condition=Ready --timeout=20s`);
      await kubectl(`patch pod brief ${IN} --type=merge -p`, '{"metadata":{"labels":{"touched":"yes"}}}');
      const following = startKubectl(`logs -f reader -c talk ${IN} --tail=1`);
      await following.until(/tick\ntick\ntick/);
      await following.stop();
      const brief = startKubectl(`logs -f brief ${IN}`);
      await brief.until(/last/);
      await kubectl(`delete pod brief ${IN}`);
      expect(await brief.exited).toBe(0);
    });
  });

  describe("run and debug", () => {
    test("run -i --rm of a short command gives its output, its exit code, and leaves nothing", async () => {
      const done = await tryKubectl(`run once ${IN} -i --rm --image=${IMAGE} --restart=Never --quiet -- sh -c`, "echo done; exit 0");
      expect(done.stdout).toContain("done");
      expect(done.code).toBe(0);
      expect((await tryKubectl(`get pod once ${IN}`)).stderr).toContain("NotFound");
    });

    test("run -it in a terminal talks to the shell", async () => {
      const done = await inTerminal(`run shell ${IN} -it --rm --image=${IMAGE} --restart=Never -- sh`, "sleep 1; echo $((40+2))\nexit 3\n");
      expect(done.stdout).toContain("42");
      expect(done.code).toBe(3);
    });

    test("debug puts an ephemeral container beside a running one, in its process namespace", async () => {
      await kubectl(`debug box ${IN} --image=${IMAGE} -c looker --target=side -- sh -c`, "ps; sleep 1000");
      await eventually(async () => expect(await kubectl(`logs box -c looker ${IN}`)).toContain("sleep 10000"));
      expect((await getJson(`pod box ${IN}`)).status.ephemeralContainerStatuses).toMatchObject([{ name: "looker", state: { running: {} } }]);
      expect(await kubectl(`exec box -c looker ${IN} -- echo inside`)).toBe("inside\n");
    });

    test("debug makes a copy of a pod with another command", async () => {
      await kubectl(`debug crash ${IN} --copy-to=copied --container=main -- sleep 1000`);
      await kubectl(`wait pod/copied ${IN} --for=condition=Ready --timeout=20s`);
      await kubectl(`delete pod copied ${IN} --now`);
    });
  });

  describe("into the pod's network", () => {
    test("port-forward to a pod, many requests at once, also to a server on the pod's own localhost", async () => {
      const forward = startKubectl(`port-forward pod/box ${IN} :8080 :9001`);
      const http = Number((await forward.until(/127\.0\.0\.1:(\d+) -> 8080/))[1]);
      const local = (await forward.until(/127\.0\.0\.1:(\d+) -> 9001/))[1];
      const answers = await Promise.all(Array.from({ length: 12 }, () => fetchText(`http://127.0.0.1:${http}/`)));
      expect(answers).toEqual(Array.from({ length: 12 }, () => "Isopod\n"));
      expect(await fetchText(`http://127.0.0.1:${local}/`)).toBe("Isopod\n");
      await forward.stop();
    });

    test("port-forward carries megabytes", async () => {
      await kubectl(`exec box -c main ${IN} -- sh -c`, "yes 0123456789abcde | head -c 6000000 > /www/big");
      const forward = startKubectl(`port-forward pod/box ${IN} :8080`);
      const port = (await forward.until(/127\.0\.0\.1:(\d+) -> 8080/))[1];
      expect((await fetchText(`http://127.0.0.1:${port}/big`)).length).toBe(6_000_000);
      await forward.stop();
    });

    test("port-forward takes megabytes in, and the end of what is sent is seen inside", async () => {
      const counting = kubectl(`exec box -c main ${IN} -- sh -c`, "nc -l -p 9100 | wc -c");
      const forward = startKubectl(`port-forward pod/box ${IN} :9100`);
      const port = Number((await forward.until(/127\.0\.0\.1:(\d+) -> 9100/))[1]);
      await eventually(() => kubectl(`exec box -c main ${IN} -- sh -c`, "grep -q :238C /proc/net/tcp /proc/net/tcp6")); // it listens
      connect(port, "127.0.0.1").on("error", () => {}).end(Buffer.alloc(5_000_000, "x"));
      expect((await counting).trim()).toBe("5000000");
      await forward.stop();
    });

    test("a refused port is told; kubectl then ends by itself", async () => {
      const forward = startKubectl(`port-forward pod/box ${IN} :7777`);
      const closed = (await forward.until(/127\.0\.0\.1:(\d+) -> 7777/))[1];
      await expect(fetchText(`http://127.0.0.1:${closed}/`)).rejects.toThrow();
      await forward.until(/error forwarding port 7777 to pod.*refused/i);
      expect(await forward.exited).toBe(1);
    });

    test("the proxies of pods, services and nodes", async () => {
      await kubectl(`expose pod box ${IN} --port=80 --target-port=8080`);
      expect(await kubectl(`get --raw /api/v1/namespaces/${NS}/pods/box:8080/proxy/`)).toBe("Isopod\n");
      expect(await eventually(() => kubectl(`get --raw /api/v1/namespaces/${NS}/services/box:80/proxy/index.html`))).toBe("Isopod\n");
      expect(await kubectl("get --raw /api/v1/nodes/node-0/proxy/healthz")).toBe("ok");
      for (const node of ["node-0", "node-0:10250"]) expect(await kubectl(`get --raw /api/v1/nodes/${node}/proxy/logs/`)).toContain("<pre>");
      expect(await kubectl(`get --raw /api/v1/nodes/${(await getJson(`pod box ${IN}`)).spec.nodeName}/proxy/containerLogs/${NS}/box/side`)).toBe("from-side\n");
      expect((await tryKubectl(`get --raw /api/v1/namespaces/${NS}/pods/box:7777/proxy/`)).stderr).toContain("ServiceUnavailable");
      const port = await freePort();
      const proxy = startKubectl(`proxy --port=${port}`);
      await proxy.until(/Starting to serve/);
      expect(await fetchText(`http://127.0.0.1:${port}/api/v1/namespaces/${NS}/services/box:80/proxy/`)).toBe("Isopod\n");
      expect(JSON.parse(await fetchText(`http://127.0.0.1:${port}/version`))).toMatchObject({ major: "1", minor: "36" });
      await proxy.stop();
    });

    test("exec, logs and port-forward work through kubectl proxy", async () => {
      const port = await freePort();
      const proxy = startKubectl(`proxy --port=${port} --disable-filter`);
      await proxy.until(/Starting to serve/);
      const through = `--server=http://127.0.0.1:${port} ${IN}`;
      try {
        expect(await tryKubectl(`${through} exec box -c main -- sh -c`, "echo out; exit 3")).toMatchObject({ code: 3, stdout: "out\n" });
        expect((await kubectlWithInput(`${through} exec -i box -c main -- wc -c`, "x".repeat(100_000))).stdout.trim()).toBe("100000");
        expect(await kubectl(`${through} logs box -c side`)).toBe("from-side\n");
        const forward = startKubectl(`${through} port-forward pod/box :8080`);
        const local = (await forward.until(/127\.0\.0\.1:(\d+) -> 8080/))[1];
        expect(await fetchText(`http://127.0.0.1:${local}/`)).toBe("Isopod\n");
        await forward.stop();
      } finally {
        await proxy.stop();
      }
    });
  });
});
