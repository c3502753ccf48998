/** One try of a probe or a lifecycle hook: exec, HTTP, TCP, gRPC. */
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import type { HTTPGetAction, Probe } from "../../../src/kinds/types/core-v1.generated.ts";
import { GrpcConnection, GrpcError } from "../../cri/grpc.ts";
import { decodeMessage, encodeMessage, type MessageTable } from "../../cri/protobuf.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { NamedContainer } from "../types.ts";

export interface Outcome { ok: boolean; output: string }
export interface ProbeTarget { container: NamedContainer; containerId: string; ip: string }

const OUTPUT_BYTES_MAX = 10 * 1024;

export async function tryProbe(probe: Probe, target: ProbeTarget, runtime: Runtime): Promise<Outcome> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  try {
    if (probe.exec) return await tryExec(probe.exec.command ?? [], target, runtime, probe.timeoutSeconds ?? 1);
    if (probe.httpGet) return await tryHttp(probe.httpGet, target, timeoutMs, "kube-probe/1.36");
    if (probe.tcpSocket) return await tryTcp(probe.tcpSocket.host || target.ip, portNumber(probe.tcpSocket.port, target.container), timeoutMs);
    if (probe.grpc) return await tryGrpc(target.ip, probe.grpc.port ?? 0, probe.grpc.service ?? "", timeoutMs);
    return { ok: false, output: "missing probe handler" };
  } catch (error) {
    return { ok: false, output: (error as Error).message };
  }
}

async function tryExec(command: string[], target: ProbeTarget, runtime: Runtime, timeoutSeconds: number): Promise<Outcome> {
  try {
    const { exitCode, output } = await runtime.execSync(target.containerId, command, timeoutSeconds);
    return { ok: exitCode === 0, output: output.slice(0, OUTPUT_BYTES_MAX) };
  } catch (error) {
    const timedOut = error instanceof GrpcError && (error.code === 4 || /timed? ?out|deadline/i.test(error.message));
    return { ok: false, output: timedOut ? `command timed out: "${command.join(" ")}" timed out after ${timeoutSeconds}s` : (error as Error).message };
  }
}

export function tryHttp(action: HTTPGetAction, target: Pick<ProbeTarget, "container" | "ip">, timeoutMs: number, userAgent: string): Promise<Outcome> {
  const isTls = (action.scheme ?? "HTTP").toUpperCase() === "HTTPS";
  const host = action.host || target.ip;
  const port = portNumber(action.port, target.container);
  const path = (action.path ?? "").startsWith("/") ? action.path! : `/${action.path ?? ""}`;
  const url = `${isTls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}${path}`;
  const headers: Record<string, string> = { "User-Agent": userAgent, Accept: "*/*", Connection: "close" };
  for (const { name, value } of action.httpHeaders ?? []) {
    for (const known of Object.keys(headers)) if (known.toLowerCase() === name.toLowerCase()) delete headers[known];
    if (value !== "" || name.toLowerCase() !== "accept") headers[name] = value ?? "";
  }
  return getHttp({ url, host, port, path, isTls, headers }, timeoutMs, REDIRECTS_MAX);
}

interface HttpTarget { url: string; host: string; port: number; path: string; isTls: boolean; headers: Record<string, string> }
const REDIRECTS_MAX = 10;

/** Redirects are followed on the same host; one that leads to another host counts as success, as upstream has it. */
function getHttp(target: HttpTarget, timeoutMs: number, redirectsLeft: number): Promise<Outcome> {
  const { url, host, port, path, isTls, headers } = target;
  const endMs = Date.now() + timeoutMs;
  return new Promise((resolve) => {
    const request = (isTls ? httpsRequest : httpRequest)({ host, port, path, headers, agent: false, ...(isTls && { rejectUnauthorized: false }) }, (response) => {
      const { statusCode = 0 } = response;
      const next = redirectTarget(target, statusCode, response.headers.location);
      if (next && next.host === host) {
        response.resume();
        done(redirectsLeft > 0 ? getHttp(next, Math.max(endMs - Date.now(), 1), redirectsLeft - 1) : { ok: false, output: `Get "${url}": stopped after ${REDIRECTS_MAX} redirects` });
        return;
      }
      let body = "";
      response.on("data", (chunk: Buffer) => { if (body.length < OUTPUT_BYTES_MAX) body += chunk.toString("latin1"); });
      response.on("end", () => done({ ok: statusCode >= 200 && statusCode < 400, output: statusCode >= 200 && statusCode < 400 ? body : `HTTP probe failed with statuscode: ${statusCode}` }));
      response.on("error", () => done({ ok: false, output: `Get "${url}": EOF` }));
    });
    const timer = setTimeout(() => { done({ ok: false, output: `Get "${url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)` }); request.destroy(); }, timeoutMs);
    const done = (outcome: Outcome | Promise<Outcome>): void => { clearTimeout(timer); resolve(outcome); };
    request.on("error", (error: NodeJS.ErrnoException) => done({ ok: false, output: `Get "${url}": ${dialText(error, host, port)}` }));
    request.end();
  });
}

function redirectTarget(from: HttpTarget, status: number, location: string | undefined): HttpTarget | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || !location || !URL.canParse(location, from.url)) return undefined;
  const url = new URL(location, from.url);
  const isTls = url.protocol === "https:";
  return { ...from, url: url.href, host: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port || (isTls ? 443 : 80)), path: url.pathname + url.search, isTls };
}

function tryTcp(host: string, port: number, timeoutMs: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const done = (outcome: Outcome): void => { clearTimeout(timer); socket.destroy(); resolve(outcome); };
    const timer = setTimeout(() => done({ ok: false, output: `dial tcp ${host}:${port}: i/o timeout` }), timeoutMs);
    socket.on("connect", () => done({ ok: true, output: "" }));
    socket.on("error", (error: NodeJS.ErrnoException) => done({ ok: false, output: dialText(error, host, port) }));
  });
}

const health: MessageTable = { HealthCheckRequest: { service: [1, "string"] }, HealthCheckResponse: { status: [1, "int32"] } };
const HEALTH_NAMES = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];

async function tryGrpc(host: string, port: number, service: string, timeoutMs: number): Promise<Outcome> {
  const connection = new GrpcConnection({ host, port });
  try {
    const answer = await connection.unary("/grpc.health.v1.Health/Check", encodeMessage(health, "HealthCheckRequest", { service }), timeoutMs);
    const { status = 0 } = decodeMessage(health, "HealthCheckResponse", answer) as { status?: number };
    return status === 1 ? { ok: true, output: "service healthy" } : { ok: false, output: `service unhealthy (responded with "${HEALTH_NAMES[status] ?? status}")` };
  } catch (error) {
    if (error instanceof GrpcError && error.code === 4) return { ok: false, output: `timeout: failed to connect service "${host}:${port}" within ${timeoutMs / 1000}s: context deadline exceeded` };
    if (error instanceof GrpcError && error.code === 12) return { ok: false, output: "error: this server does not implement the grpc health protocol (grpc.health.v1.Health)" };
    return { ok: false, output: `error: health rpc probe failed: ${(error as Error).message}` };
  } finally { connection.close(); }
}

function dialText(error: NodeJS.ErrnoException, host: string, port: number): string {
  const where = `dial tcp ${host.includes(":") ? `[${host}]` : host}:${port}: connect: `;
  if (error.code === "ECONNREFUSED") return `${where}connection refused`;
  if (error.code === "EHOSTUNREACH") return `${where}no route to host`;
  if (error.code === "ECONNRESET") return `read tcp ${host}:${port}: read: connection reset by peer`;
  return error.message;
}

/** A port by number or by the container's name for it. Throws when there is none of that name. */
export function portNumber(port: number | string | undefined, container: NamedContainer): number {
  if (typeof port === "number") return port;
  const named = container.ports?.find((p) => p.name === port)?.containerPort ?? Number(port);
  if (!Number.isInteger(named) || named <= 0 || named > 65_535) throw new Error(`invalid port number: ${port}`);
  return named;
}
