/** The first minutes of a newcomer, word by word as README.md has them, and the end of the visit. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../../cli/bundle.ts";
import { writeBusyboxImage } from "../../scripts/busybox-image.ts";
import { clients } from "./support/clients.ts";
import { recordFigure } from "./support/figures.ts";
import { clientsWith, freePort } from "./support/installation.ts";
import { leftovers, npmStart, type Launcher } from "./support/launcher.ts";
import { runClient } from "./support/run-client.ts";
import { eventually, hasContainers } from "./support/shared.ts";

const STOP_MS_MAX = 15_000;
/** npm ends as its shell does, which Ctrl-C also reached. */
const AFTER_CTRL_C = [0, "SIGINT"];

function fetchText(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = get(url, { agent: false, timeout: 3_000 }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => { text += chunk; }).on("end", () => resolve(text));
    });
    asked.on("error", reject).on("timeout", () => asked.destroy(new Error(`${url}: no answer`)));
  });
}

describe.skipIf(!hasContainers)("the quick start", () => {
  let dataDir: string;
  let port: number;
  let launcher: Launcher;
  const kubectl = (line: string) => clientsWith(join(dataDir, "kubeconfig"), dataDir).kubectl(line.split(" "));
  const pods = async (): Promise<{ metadata: { uid: string }; status: { conditions: { type: string; status: string }[]; containerStatuses: { restartCount: number }[] } }[]> =>
    JSON.parse(await kubectl("get pods -l app=hello -o json")).items;
  const background = (line: string) => {
    const child = spawn(clients().kubectl, line.split(" "), { env: { ...process.env, KUBECONFIG: join(dataDir, "kubeconfig") }, stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (chunk: string) => { text += chunk; });
    return { child, output: () => text, exited: new Promise<void>((resolve) => child.once("close", () => resolve())) };
  };

  beforeAll(async () => {
    if (!hasContainers) return;
    dataDir = mkdtempSync("/tmp/iso-q");
    port = await freePort();
    launcher = npmStart("--data-dir", dataDir, "--port", `${port}`, "--nodes", "2");
    await launcher.until(/Isopod is ready/);
  });
  afterAll(async () => {
    if (!hasContainers) return;
    launcher.ctrlC();
    await launcher.exited;
    rmSync(dataDir, { recursive: true, force: true });
  });

  test("npm start says where it is and what to type", () => {
    expect(launcher.output()).toContain(`https://127.0.0.1:${port}, 2 nodes`);
    expect(launcher.output()).toMatch(/export KUBECONFIG=\S+kubeconfig\n\s+kubectl apply -f examples\/hello.yaml/);
    recordFigure("npm start to two Ready nodes, the first time", Number(/ready after ([\d.]+) s/.exec(launcher.output())![1]), "s");
  });

  test("the example answers through port-forward and on the node port of both nodes", async () => {
    expect(await kubectl(`apply -f ${join(ROOT, "examples", "hello.yaml")}`)).toContain("deployment.apps/hello created");
    await kubectl("rollout status deployment/hello --timeout=60s");
    const forward = background("port-forward service/hello :80");
    const local = await eventually(() => /127\.0\.0\.1:(\d+) ->/.exec(forward.output())?.[1] ?? false);
    expect(await fetchText(`http://127.0.0.1:${local}/`)).toBe("Hello from Isopod.\n");
    forward.child.kill("SIGKILL");
    await forward.exited;
    const nodes = JSON.parse(await kubectl("get nodes -o json")).items as { status: { addresses: { address: string }[] } }[];
    expect(nodes).toHaveLength(2);
    for (const { status } of nodes) expect(await fetchText(`http://${status.addresses[0]!.address}:30080/`)).toBe("Hello from Isopod.\n");
  });

  test("isopod load brings an image of one's own to every node", async () => {
    const archive = join(dataDir, "own.tar");
    await writeBusyboxImage(archive, "example.org/own:2");
    const load = (...args: string[]) => runClient(process.execPath, [join(ROOT, "cli", "main.ts"), "load", ...args], { env: { ...process.env } });
    expect(await load(archive, "--data-dir", dataDir)).toMatchObject({ code: 0, stdout: expect.stringContaining("example.org/own:2 loaded into node-0, node-1") });
    expect((await load(join(dataDir, "nothing.tar"), "--data-dir", dataDir)).stderr).toContain("there is no file");
    for (const node of ["node-0", "node-1"]) {
      await kubectl(`run own-${node} --image=example.org/own:2 --image-pull-policy=Never --restart=Never --overrides={"spec":{"nodeName":"${node}"}} -- true`);
      await kubectl(`wait pod/own-${node} --for=jsonpath={.status.phase}=Succeeded --timeout=20s`);
    }
  });

  test("the same data directory or the same port twice is refused, and says what to do", async () => {
    const second = npmStart("--data-dir", dataDir, "--port", `${await freePort()}`);
    expect(await second.exited).toBe(1);
    expect(second.output()).toMatch(/is in use by process \d+: stop it first, or choose another --data-dir/);
    const other = mkdtempSync("/tmp/iso-q");
    const third = npmStart("--data-dir", other, "--port", `${port}`);
    expect(await third.exited).toBe(1);
    expect(third.output()).toMatch(/port \d+ on 127\.0\.0\.1 is taken.*Choose one with --port/);
    expect(leftovers(other)).toEqual([]);
    rmSync(other, { recursive: true });
    expect(await kubectl("get nodes -o name")).toBe("node/node-0\nnode/node-1\n");
  });

  test("Ctrl-C with an open watch and a shell ends everything within seconds and leaves nothing", async () => {
    const watch = background("get pods -w");
    const shell = background("exec deployment/hello -- sleep 1000");
    await eventually(() => watch.output().includes("hello-"));
    const begunMs = Date.now();
    launcher.ctrlC();
    expect(AFTER_CTRL_C).toContain(await launcher.exited);
    expect(Date.now() - begunMs).toBeLessThan(STOP_MS_MAX);
    recordFigure("Ctrl-C to the end, two nodes with pods", (Date.now() - begunMs) / 1000, "s");
    for (const client of [watch, shell]) client.child.kill("SIGKILL");
    expect(leftovers(dataDir)).toEqual([]);
    expect(existsSync(join(dataDir, "pid"))).toBe(false);
  });

  test("the second start finds the same cluster and brings its pods back", async () => {
    const begunMs = Date.now();
    launcher = npmStart("--data-dir", dataDir, "--port", `${port}`, "--nodes", "2");
    await launcher.until(/Isopod is ready/);
    recordFigure("npm start to two Ready nodes, the second time", Number(/ready after ([\d.]+) s/.exec(launcher.output())![1]), "s");
    const found = await pods();
    expect(found).toHaveLength(2);
    await eventually(async () => {
      const now = await pods();
      expect(now.map((pod) => pod.metadata.uid).sort()).toEqual(found.map((pod) => pod.metadata.uid).sort());
      for (const { status } of now) expect(status).toMatchObject({ conditions: expect.arrayContaining([expect.objectContaining({ type: "Ready", status: "True" })]), containerStatuses: [{ restartCount: 1 }] });
    });
    recordFigure("npm start to the former pods Ready", (Date.now() - begunMs) / 1000, "s");
    const [node] = JSON.parse(await kubectl("get nodes -o json")).items as { status: { addresses: { address: string }[] } }[];
    await eventually(async () => expect(await fetchText(`http://${node!.status.addresses[0]!.address}:30080/`)).toBe("Hello from Isopod.\n"));
  });

  test("kill -9 of the launcher leaves no process, and the next start cleans up the rest", async () => {
    const pid = Number(readFileSync(join(dataDir, "pid"), "utf8"));
    process.kill(pid, "SIGKILL");
    await launcher.exited;
    await eventually(() => leftovers(dataDir).filter((line) => line.startsWith("process")).length === 0, 10_000);
    launcher = npmStart("--data-dir", dataDir, "--port", `${port}`, "--nodes", "1");
    await launcher.until(/Isopod is ready.*1 node/);
    expect(await kubectl("get deployment hello -o name")).toBe("deployment.apps/hello\n");
    launcher.ctrlC();
    expect(AFTER_CTRL_C).toContain(await launcher.exited);
    expect(leftovers(dataDir)).toEqual([]);
  });
});

describe("options", () => {
  test("--help tells all of them and starts nothing", async () => {
    const help = npmStart("--help");
    expect(await help.exited).toBe(0);
    for (const option of ["--data-dir", "--port", "--nodes", "--no-agent"]) expect(help.output()).toContain(option);
  });

  test.each([[["--port", "x"], "--port takes a whole number"], [["--nodes", "99"], "--nodes takes a whole number from 0 to 16"], [["--nonsense"], "Unknown option '--nonsense'"], [["--data-dir", `/tmp/${"long".repeat(30)}`], "path is too long"]])("%j is refused: %s", async (args, text) => {
    const refused = npmStart(...args);
    expect(await refused.exited).toBe(1);
    expect(refused.output()).toContain(text);
    expect(refused.output()).not.toMatch(/^\s+at /m); // no stack
  });

  test("--no-agent is a control plane alone, to be stopped in the midst of starting as well", async () => {
    const dataDir = mkdtempSync("/tmp/iso-q");
    const args = ["--no-agent", "--data-dir", dataDir, "--port", `${await freePort()}`];
    const hasty = npmStart(...args);
    await new Promise((resolve) => setTimeout(resolve, 700));
    hasty.ctrlC();
    await hasty.exited;
    expect(leftovers(dataDir)).toEqual([]);
    const launcher = npmStart(...args);
    await launcher.until(/Isopod is ready.*0 nodes/);
    const { kubectl } = clientsWith(join(dataDir, "kubeconfig"), dataDir);
    expect(await kubectl(["get", "nodes"])).toBe("");
    expect(await kubectl(["create", "namespace", "here"])).toBe("namespace/here created\n");
    expect(statSync(join(dataDir, "kubeconfig")).mode & 0o077).toBe(0);
    launcher.ctrlC();
    expect(AFTER_CTRL_C).toContain(await launcher.exited);
    expect(leftovers(dataDir)).toEqual([]);
    rmSync(dataDir, { recursive: true });
  });

  test("a port that another program holds is named", async () => {
    const dataDir = mkdtempSync("/tmp/iso-q");
    const holder = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => holder.once("listening", resolve));
    const refused = npmStart("--no-agent", "--data-dir", dataDir, "--port", `${(holder.address() as { port: number }).port}`);
    expect(await refused.exited).toBe(1);
    expect(refused.output()).toContain("is taken");
    holder.close();
    rmSync(dataDir, { recursive: true });
  });
});
