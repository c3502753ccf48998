/** client-go and controller-runtime, as programs use them. The tests themselves are Go (go/*_test.go), built into one binary, kept under dist/. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, type TestContext, test } from "vitest";
import { ROOT } from "../../../cli/bundle.ts";
import { type AgedInstallation, startAgedControlPlane } from "../support/aged.ts";
import { runClient } from "../support/run-client.ts";
import { startTestControlPlane, type TestInstallation } from "../support/installation.ts";
import { hasContainers, IMAGE, installation as shared } from "../support/shared.ts";

const SOURCES = join(import.meta.dirname, "go");
const BUILD_MS_MAX = 600_000;
/** No optimization and no debugging data: what is built runs once. Half the time on a machine that has nothing cached. */
const BUILD = ["test", "-c", "-gcflags=all=-N -l -dwarf=false", "-ldflags=-s -w"];
const ENV = { ...process.env, GOTOOLCHAIN: "local", GOFLAGS: "-mod=readonly -buildvcs=false" };

/** In the order of their files. */
const TESTS = [
  "TestTypedClientsInBothEncodings", "TestErrorsAreOfTheKindsThatProgramsAskFor", "TestReviewsTokensEvictionsAndWarnings", "TestDeleteCollectionAndRawRequests",
  "TestDiscoveryAggregatedAndNot", "TestRestMapperAndScaleClient", "TestOpenAPIInBothVersions",
  "TestOneLeaderAtATime", "TestApplyConfigurations", "TestPatchesOfEveryKind", "TestEventsAreCountedAsASeries",
  "TestSharedInformersFollowWhatHappens", "TestDynamicAndMetadataInformers", "TestReflectorsStreamTheirFirstList", "TestPagesAreOfOneMoment", "TestRetryWatcherAndUntil", "TestDynamicClient",
  "TestAManagerWithAReconciler",
] as const;
const AFTER_A_WEEK = ["TestWhatIsTooOldIsExpired"] as const;
const WITH_CONTAINERS = ["TestExecAttachLogsAndPortForward", "TestAManagerWithWebhooks"] as const;
/** Once more by list and watch, as clients before 1.35 do. */
const WITHOUT_STREAMED_LISTS = ["TestSharedInformersFollowWhatHappens", "TestDynamicAndMetadataInformers", "TestAManagerWithAReconciler"] as const;

let binary: string | undefined;
let absent = "";

beforeAll(async () => {
  try {
    binary = await built();
  } catch (error) {
    if (!(error instanceof NotToBeHad)) throw error;
    absent = error.message;
  }
}, BUILD_MS_MAX);

class NotToBeHad extends Error {}

/** The binary of these sources; throws NotToBeHad where Go or its modules are not. */
async function built(): Promise<string> {
  const hash = createHash("sha256");
  for (const name of readdirSync(SOURCES).sort()) hash.update(readFileSync(join(SOURCES, name)));
  const path = join(ROOT, "dist", "clients", `go-${hash.digest("hex").slice(0, 16)}.test`);
  if (existsSync(path)) return path;
  const go = (...args: string[]) => promisify(execFile)("go", args, { cwd: SOURCES, env: ENV, maxBuffer: 1 << 24 });
  await go("mod", "download").catch((error: Error & { stderr?: string }) => { throw new NotToBeHad(`no Go with its modules: ${error.stderr?.trim().split("\n").at(-1) || error.message}`); });
  mkdirSync(join(ROOT, "dist", "clients"), { recursive: true });
  await go(...BUILD, "-o", path, ".");
  return path;
}

async function passes(name: string, kubeconfig: string, { skip }: TestContext, more: NodeJS.ProcessEnv = {}): Promise<void> {
  if (!binary) return skip(absent);
  const { code, stdout, stderr } = await runClient(binary, ["-test.v", `-test.run=^${name}$`, "-test.timeout=100s"], { env: { ...process.env, KUBECONFIG: kubeconfig, IMAGE, ...more } });
  expect(code, stdout + stderr).toBe(0);
  expect(stdout).toContain(`--- PASS: ${name}`);
}

test("the lists name every test that there is", () => {
  const found = readdirSync(SOURCES).flatMap((name) => [...readFileSync(join(SOURCES, name), "utf8").matchAll(/^func (Test\w+)/gm)].map(([, test]) => test!));
  expect([...TESTS, ...AFTER_A_WEEK, ...WITH_CONTAINERS].sort()).toEqual(found.sort());
});

describe("Go programs and the API", () => {
  let installation: TestInstallation;
  beforeAll(async () => { installation = await startTestControlPlane(); });
  afterAll(() => installation?.stop());

  test.for(TESTS)("%s", (name, context) => passes(name, installation.kubeconfig, context));
  test.for(WITHOUT_STREAMED_LISTS)("%s, without streamed lists", (name, context) => passes(name, installation.kubeconfig, context, { KUBE_FEATURE_WatchListClient: "false" }));
});

describe("Go programs that were away for a week", () => {
  let aged: AgedInstallation;
  beforeAll(async () => { aged = await startAgedControlPlane(); });
  afterAll(() => aged?.[Symbol.asyncDispose]());

  test.for(AFTER_A_WEEK)("%s", (name, context) => passes(name, aged.installation.kubeconfig, context, { OLD_VERSION: aged.resourceVersion, OLD_CONTINUE: aged.continueToken }));
});

describe.skipIf(!hasContainers)("Go programs and containers", () => {
  // Of this machine, as its nodes reach it.
  const HOST_ADDRESS = shared?.nodes[0]!.address.replace(/\d+$/, "1");
  test.for(WITH_CONTAINERS)("%s", (name, context) => passes(name, shared.kubeconfig, context, { HOST_ADDRESS }));
});
