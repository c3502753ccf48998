import { expect, test } from "vitest";
import type { PodStatus } from "../pod/types.ts";
import { statusPatch } from "./status-writer.ts";

const ready = (status: "True" | "False", reason?: string) => ({ type: "Ready", status, ...(reason && { reason }) });

test("nothing changed is nothing to write", () => {
  const status: PodStatus = { phase: "Running", conditions: [ready("True")], podIPs: [{ ip: "10.0.0.1" }] };
  expect(statusPatch(status, structuredClone(status))).toBeUndefined();
});

test("only what changed is written, what vanished is null", () => {
  const patch = statusPatch({ phase: "Pending", reason: "X", qosClass: "Burstable" }, { phase: "Running", qosClass: "Burstable" });
  expect(patch).toEqual({ phase: "Running", reason: null });
});

test("a condition's reason is taken away, and an address that is no longer there too", () => {
  const patch = statusPatch({ conditions: [ready("False", "ContainersNotReady")], podIPs: [{ ip: "10.0.0.1" }] }, { conditions: [ready("True")], podIPs: [{ ip: "10.0.0.2" }] });
  expect(patch).toMatchObject({ conditions: [{ type: "Ready", status: "True", reason: null }], podIPs: [{ ip: "10.0.0.2" }, { $patch: "delete", ip: "10.0.0.1" }] });
});

test("conditions of others are never written back", () => {
  const ready = { type: "Ready", status: "True" as const };
  const patch = statusPatch({ conditions: [{ type: "example.com/gate", status: "False" }] }, { conditions: [{ type: "example.com/gate", status: "True" }, ready] });
  expect((patch!["conditions"] as { type: string }[]).map((c) => c.type)).toEqual(["Ready"]);
});
