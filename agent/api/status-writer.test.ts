import { expect, test } from "vitest";
import type { Pod, PodStatus } from "../pod/types.ts";
import type { ApiSocket } from "./socket.ts";
import { StatusWriter } from "./status-writer.ts";

function aServer() {
  const patches: Record<string, unknown>[] = [];
  let revision = 10;
  const api = {
    isOpen: true,
    whenOpen: () => () => {},
    call: async (_method: string, _path: string, body: { status: Record<string, unknown> }) => {
      patches.push(body.status);
      return { metadata: { resourceVersion: String(++revision) }, status: { normalized: true } };
    },
  } as unknown as ApiSocket;
  return { patches, writer: new StatusWriter({ api, log: () => {} }) };
}

const aPod = (status: PodStatus | undefined, resourceVersion = "5") => ({ metadata: { name: "p", namespace: "default", uid: "u", resourceVersion }, spec: { containers: [] }, status }) as unknown as Pod;
const running = { phase: "Running", podIP: "10.0.0.2", conditions: [] } as unknown as PodStatus;
const rest = () => new Promise((resolve) => setTimeout(resolve, 5));

test("a pod restored from disk is not taken for what the server has", async () => {
  const { patches, writer } = aServer();
  writer.publish(aPod(running), running);
  await rest();
  expect(patches).toEqual([]);
  writer.observe(aPod({ phase: "Pending" } as PodStatus));
  await rest();
  expect(patches).toEqual([{ phase: "Running", podIP: "10.0.0.2" }]);
});

test("the echo of our own write, and the server's own form of it, cause no further write", async () => {
  const { patches, writer } = aServer();
  writer.observe(aPod({ phase: "Pending" } as PodStatus));
  writer.publish(aPod(undefined), running);
  await rest();
  writer.observe(aPod({ normalized: true } as unknown as PodStatus, "11"));
  writer.observe(aPod({ normalized: true } as unknown as PodStatus, "12"));
  await rest();
  expect(patches).toHaveLength(1);
});

test("a status that somebody else changed is put right", async () => {
  const { patches, writer } = aServer();
  writer.observe(aPod({ phase: "Pending" } as PodStatus));
  writer.publish(aPod(undefined), running);
  await rest();
  writer.observe(aPod({ phase: "Unknown" } as PodStatus, "20"));
  await rest();
  expect(patches[1]).toMatchObject({ phase: "Running" });
});
