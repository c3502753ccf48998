import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { aPod, testPod } from "../../pod/test-pod.ts";

const pod = (uid: string) => {
  const made = aPod({ volumes: [{ name: "v", projected: { sources: [{ serviceAccountToken: { path: "token", audience: "vault", expirationSeconds: 3600 } }] } }] });
  return { ...made, metadata: { ...made.metadata, uid } };
};

test("a token is renewed when four fifths of its time are over, and is of its audience", async () => {
  const asked: { audiences: string[]; seconds: number }[] = [];
  await using running = await testPod(pod("uid-renewed"));
  running.env.tokens = { request: async (_pod, audiences, seconds) => { asked.push({ audiences, seconds }); return { token: `t${asked.length}`, expiresAtMs: running.clock.now() + seconds * 1000 }; } };
  const file = (): string => readFileSync(`${running.env.paths.volume("uid-renewed", "projected", "v")}/token`, "utf8");
  expect(file()).toBe("token");
  await running.clock.advance(2_870_000);
  expect(asked).toEqual([]);
  await running.clock.advance(30_000);
  expect(asked).toEqual([{ audiences: ["vault"], seconds: 3600 }]);
  expect(file()).toBe("t1");
});

test("a token that cannot be renewed is used until it expires", async () => {
  await using running = await testPod(pod("uid-kept"));
  running.env.tokens = { request: async () => { throw new Error("not connected"); } };
  await running.clock.advance(3_500_000);
  expect(readFileSync(`${running.env.paths.volume("uid-kept", "projected", "v")}/token`, "utf8")).toBe("token");
  expect(running.status().phase).toBe("Running");
});
