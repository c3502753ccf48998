import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { childOf, Service } from "./process.ts";

const dir = mkdtempSync("/tmp/isopod-process-");
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const aService = (script: string, wrapped = false): Service =>
  new Service({ name: "s", command: "sh", args: ["-c", script], wrapped, logFile: join(dir, "log"), restart: false, graceMs: 200 });

test("a service that ignores SIGTERM is gone after its grace period", async () => {
  const service = aService("trap '' TERM; sleep 100 & wait; wait");
  await new Promise((resolve) => setTimeout(resolve, 100));
  const begunMs = performance.now();
  await service.stop();
  expect(performance.now() - begunMs).toBeLessThan(2_000);
});

test("a wrapper that was stopped together with its child does not hold up the end", async () => {
  const service = aService("sleep 100; exit 0", true);
  await vi.waitFor(() => expect(childOf(service.pid!)).toBeDefined());
  process.kill(service.pid!, "SIGSTOP");
  await service.stop();
});
