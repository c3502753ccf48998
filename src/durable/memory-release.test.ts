import { expect, test } from "vitest";
import { MemoryRelease } from "./memory-release.ts";

function releasing() {
  const pauses: (() => void)[] = [];
  const counts = { collected: 0 };
  const release = new MemoryRelease({ pause: () => new Promise((resolve) => pauses.push(resolve)), collect: () => { counts.collected++; } });
  const pass = async () => { pauses.splice(0).forEach((resolve) => { resolve(); }); await new Promise((resolve) => setImmediate(resolve)); };
  return { release, counts, pass, pauses };
}

test("after a burst, once it is over, memory is collected once", async () => {
  const { release, counts, pass, pauses } = releasing();
  release.worked(5_000);
  release.worked(10);
  await pass();
  expect(counts.collected).toBe(0);
  await pass();
  expect(counts.collected).toBe(1);
  expect(pauses).toEqual([]);
});

test("little work leaves no timer behind", () => {
  const { release, pauses } = releasing();
  release.worked(10);
  expect(pauses).toEqual([]);
});

test("where there is no collector nothing happens", () => {
  new MemoryRelease({ pause: () => { throw new Error("must not wait"); } }).worked(5_000);
});
