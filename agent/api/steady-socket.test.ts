import { afterEach, expect, test, vi } from "vitest";
import { WebSocketServer } from "ws";
import { SteadySocket } from "./steady-socket.ts";

let stop = (): void => {};
afterEach(() => stop());

async function aServer(): Promise<{ server: WebSocketServer; socket: SteadySocket; lost: () => number }> {
  const server = new WebSocketServer({ port: 0, handleProtocols: () => "p" });
  await new Promise((resolve) => server.once("listening", resolve));
  let losses = 0;
  const socket = new SteadySocket({ name: "test", path: "/x", protocol: "p" }, { server: `http://127.0.0.1:${(server.address() as { port: number }).port}`, token: () => "t", log: () => {} }, { onMessage: () => {}, onLost: () => { losses++; } });
  stop = () => { socket.close(); server.close(); };
  socket.open();
  await vi.waitFor(() => expect(socket.isOpen).toBe(true));
  return { server, socket, lost: () => losses };
}

test("a lost connection is opened again by itself", async () => {
  const { server, socket, lost } = await aServer();
  for (const client of server.clients) client.terminate();
  await vi.waitFor(() => expect(lost()).toBe(1));
  await vi.waitFor(() => expect(socket.isOpen).toBe(true), 2_000);
});

test("hurry ends the waiting, and never opens a second connection", async () => {
  const { server, socket, lost } = await aServer();
  for (const client of server.clients) client.terminate();
  await vi.waitFor(() => expect(lost()).toBe(1));
  socket.hurry();
  await vi.waitFor(() => expect(socket.isOpen).toBe(true), { timeout: 100, interval: 5 });
  socket.hurry();
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(server.clients.size).toBe(1);
});
