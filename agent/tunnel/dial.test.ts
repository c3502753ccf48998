import { createServer } from "node:net";
import { expect, test } from "vitest";
import { FrameType } from "../../protocol/tunnel.ts";
import type { Agent } from "../agent.ts";
import { serveDialAddress } from "./dial.ts";
import { TunnelStream } from "./stream.ts";

test("a server that closes while bytes are still on their way in ends the stream and nothing else", async () => {
  const server = createServer((socket) => { socket.on("error", () => {}); socket.once("data", () => socket.destroy()); });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.address() as { port: number };
  const sent: number[] = [];
  const stream = new TunnelStream(1, (_, type) => sent.push(type), () => {});
  const served = serveDialAddress({} as Agent, { type: "dial-address", host: "127.0.0.1", port }, stream);
  for (let i = 0; i < 60; i++) stream.receive(FrameType.DATA, Buffer.alloc(65_536));
  stream.receive(FrameType.END, Buffer.alloc(0));
  await served;
  expect(sent[0]).toBe(FrameType.HEAD);
  expect(stream.isDead).toBe(true);
  server.close();
});
