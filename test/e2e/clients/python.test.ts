/** The official Python client. The tests themselves are Python (python/test_*.py), run in a virtual environment that is kept under dist/. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, type TestContext, test } from "vitest";
import { ROOT } from "../../../cli/bundle.ts";
import { run } from "../../../cli/process.ts";
import { startTestControlPlane, type TestInstallation } from "../support/installation.ts";
import { runClient } from "../support/run-client.ts";
import { hasContainers, IMAGE, installation as shared } from "../support/shared.ts";

const SOURCES = join(import.meta.dirname, "python");
const MODULES = ["test_objects", "test_dynamic"] as const;
const WITH_CONTAINERS = ["test_streams"] as const;

let python: string | undefined;
let absent = "";

beforeAll(() => {
  try {
    python = environment();
  } catch (error) {
    absent = `no Python with the client's package: ${(error as Error).message.split("\n").at(-1)}`;
  }
});

/** The interpreter of an environment with the packages of requirements.txt; throws where Python, venv or the packages are not to be had. */
function environment(): string {
  const requirements = join(SOURCES, "requirements.txt");
  const folder = join(ROOT, "dist", "clients", `python-${createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 16)}`);
  const interpreter = join(folder, "bin", "python");
  const done = join(folder, "complete");
  if (existsSync(done)) return interpreter;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(ROOT, "dist", "clients"), { recursive: true });
  run("python3", ["-m", "venv", folder]);
  run(interpreter, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements]);
  mkdirSync(done); // as the last thing
  return interpreter;
}

async function passes(module: string, kubeconfig: string, { skip }: TestContext): Promise<void> {
  if (!python) return skip(absent);
  const env = { ...process.env, KUBECONFIG: kubeconfig, IMAGE, PYTHONPATH: SOURCES, PYTHONDONTWRITEBYTECODE: "1" };
  const { code, stdout, stderr } = await runClient(python, ["-m", "unittest", "-v", module], { env });
  expect(code, stdout + stderr).toBe(0);
  expect(stderr).toMatch(/Ran [1-9]\d* tests? in [\d.]+s\n\nOK\n/);
}

test("the lists name every module that there is", () => {
  const found = readdirSync(SOURCES).filter((name) => name.startsWith("test_")).map((name) => name.replace(".py", ""));
  expect([...MODULES, ...WITH_CONTAINERS].sort()).toEqual(found.sort());
});

describe("Python programs and the API", () => {
  let installation: TestInstallation;
  beforeAll(async () => { installation = await startTestControlPlane(); });
  afterAll(() => installation?.stop());

  test.for(MODULES)("%s", (name, context) => passes(name, installation.kubeconfig, context));
});

describe.skipIf(!hasContainers)("Python programs and containers", () => {
  test.for(WITH_CONTAINERS)("%s", (name, context) => passes(name, shared.kubeconfig, context));
});
