// Installs what is missing, then runs the given script with the right Node. Needs nothing but Node 20: no packages, no
// TypeScript. `node scripts/setup.mjs [--containers] [--tests] SCRIPT [ARGS…]`
import { spawnSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, lstatSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** What a node needs on the machine: the command that shows its presence, and the Debian package that brings it. */
const CONTAINER_TOOLS = [
  ["containerd", "containerd"], ["runc", "runc"], ["crun", "crun"], ["nft", "nftables"], ["ip", "iproute2"], ["conntrack", "conntrack"],
  ["/bin/busybox", "busybox-static"], ["/usr/lib/cni/bridge", "containernetworking-plugins"], ["nsenter", "util-linux"],
  ["unzip", "unzip"], ["sysctl", "procps"],
];

/** For tests of a private registry, which are skipped without. Debian starts it as a service: only on CI's own machines. */
const TEST_TOOLS = [["docker-registry", "docker-registry"], ["skopeo", "skopeo"]];

const args = process.argv.slice(2);
const wantsContainers = takeFlag("--containers");
const wantsTests = takeFlag("--tests");

checkNode();
installPackages();
if (wantsContainers && !args.includes("--help") && !args.includes("--no-agent")) installContainerTools();
if (wantsTests && process.env.CI && process.getuid?.() === 0 && hasCommand("apt-get")) installDebianPackages(TEST_TOOLS);
generateTypes();
runScript();

function checkNode() {
  if (Number(process.versions.node.split(".")[0]) < 20) fail(`Node ${process.versions.node} is too old: install Node 20 or later.`);
}

function installPackages() {
  const lock = createHash("sha256").update(readFileSync(join(root, "package-lock.json"))).digest("hex");
  const stamp = join(root, "node_modules", ".isopod-setup");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  if (lstatSync(join(root, "node_modules"), { throwIfNoEntry: false })?.isSymbolicLink()) {
    fail("node_modules is a link and does not fit package-lock.json; npm ci would empty what it leads to. Remove the link, then start again.");
  }
  say("installing npm packages (npm ci)");
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  if (npm.status !== 0) fail("npm ci failed: see above. Is the package registry reachable?");
  writeFileSync(stamp, lock);
}

function installContainerTools() {
  const missing = CONTAINER_TOOLS.filter(([command]) => !hasCommand(command));
  if (missing.length === 0) return;
  const packages = missing.map(([, name]) => name);
  const byHand = `apt-get install -y --no-install-recommends ${packages.join(" ")}`;
  if (process.getuid?.() !== 0) fail(`Nodes need ${missing.map(([c]) => c).join(", ")}: as root, run: ${byHand}\nOr start without a node: npm start -- --no-agent`);
  if (!hasCommand("apt-get")) fail(`Nodes need ${missing.map(([c]) => c).join(", ")}. This is not Debian: install what corresponds to its packages ${packages.join(", ")}.`);
  const problem = installDebianPackages(CONTAINER_TOOLS);
  if (problem !== undefined) fail(`${problem}\nCould not install them. By hand: ${byHand}`);
}

/** What is missing of them. Returns what apt-get said if it could not. */
function installDebianPackages(tools) {
  const packages = tools.filter(([command]) => !hasCommand(command)).map(([, name]) => name);
  if (packages.length === 0) return undefined;
  say(`installing Debian packages: ${packages.join(" ")}`);
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const install = () => spawnSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], { env: environment, encoding: "utf8" });
  let apt = install();
  if (apt.status !== 0) {
    spawnSync("apt-get", ["update", "-qq"], { env: environment, stdio: "ignore" });
    apt = install();
  }
  return apt.status === 0 ? undefined : `${apt.stdout}${apt.stderr}`;
}

function takeFlag(flag) {
  if (args[0] !== flag) return false;
  args.shift();
  return true;
}

function hasCommand(name) {
  const places = name.startsWith("/") ? [name] : [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"].map((d) => join(d, name));
  return places.some((place) => { try { accessSync(place, constants.X_OK); return true; } catch { return false; } });
}

function generateTypes() {
  const stamp = join(root, "node_modules", ".isopod-types");
  const hash = createHash("sha256");
  for (const file of ["scripts/generate.ts", "scripts/descriptions.ts", "facts/types.json", "package-lock.json"]) if (existsSync(join(root, file))) hash.update(readFileSync(join(root, file)));
  const now = hash.digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === now) return;
  const made = spawnSync(node(), [join(root, "scripts", "generate.ts")], { cwd: root, stdio: "inherit" });
  if (made.status !== 0) fail("generating the API types failed");
  writeFileSync(stamp, now);
}

/** The Node that the packages bring, or this one where it is new enough (other processors and systems). */
function node() {
  const packaged = join(root, "node_modules", ".bin", "node");
  if (existsSync(packaged)) return packaged;
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  fail(`There is no packaged Node for ${process.platform}-${process.arch}: install Node 24 or later.`);
}

function runScript() {
  const [script, ...rest] = args;
  if (!script) return;
  const child = spawn(node(), [join(root, script), ...rest], {
    stdio: "inherit",
    env: { ...process.env, PATH: [join(root, "node_modules", ".bin"), process.env.PATH, "/usr/sbin", "/sbin"].join(delimiter) },
  });
  // The terminal sends Ctrl-C to the whole group; a signal sent to this process alone is passed on. The child decides when it is over.
  process.on("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}

function say(text) { process.stderr.write(`set-up: ${text}\n`); }
function fail(text) { process.stderr.write(`set-up: ${text}\n`); process.exit(1); }
