/**
 * Sends the hostile inputs to a whole server of its own and tells of each, as a line of JSON, how it was answered and what
 * that cost. A process of its own, so that nothing else is counted, with a heap that Node itself bounds.
 */
import { cpuOnQuietMachine } from "../harness/quiet-machine.ts";
import { TestServer } from "../harness/test-server.ts";
import { all, targets, widgetDefinition, type HostileInput } from "./inputs.ts";

/** `cpuMs` is that of a quiet machine: what else ran there has been taken out of it. */
export interface Answered { name: string; bytes: number; status: number; isStatus: boolean; cpuMs: number; answerBytes: number }

/** Good enough not to be tried again. */
const GOOD_MS = 40;
const only = process.argv[2];
const server = new TestServer();

await prepare();
for (const input of all) if (!only || input.name.includes(only)) process.stdout.write(`${JSON.stringify(await answered(input))}\n`);
process.exit(0);

async function prepare(): Promise<void> {
  const pod = { containers: [{ name: "a", image: "b" }] };
  const made: [string, object | string][] = [
    ["/api/v1/namespaces/default/serviceaccounts", { metadata: { name: "default" } }],
    ["/apis/apiextensions.k8s.io/v1/customresourcedefinitions", widgetDefinition],
    ["/api/v1/namespaces/default/configmaps", { metadata: { name: "target" }, data: { a: "b" } }],
    ["/api/v1/namespaces/default/pods", { metadata: { name: "target" }, spec: pod }],
    ["/apis/apps/v1/namespaces/default/deployments", { metadata: { name: "target" }, spec: { selector: { matchLabels: { a: "b" } }, template: { metadata: { labels: { a: "b" } }, spec: pod } } }],
    ["/apis/example.com/v1/namespaces/default/widgets", { apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "target" }, spec: {} }],
  ];
  for (const [path, body] of made) {
    const { status } = await server.fetch(path, { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body), headers: { "content-type": "application/json" } });
    if (status !== 201 && status !== 409) throw new Error(`${path}: ${status}`);
  }
  for (const path of Object.values(targets)) for (let i = 0; i < 30; i++) await server.fetch(path); // what is ordinary is warm
}

async function answered(input: HostileInput): Promise<Answered> {
  const { result, cpuMs } = await cpuOnQuietMachine(GOOD_MS, () => once(input));
  return { ...result, cpuMs };
}

async function once({ name, method = "GET", path, headers = {}, body, type = "application/json" }: HostileInput): Promise<Omit<Answered, "cpuMs">> {
  const bytes = path.length + (body?.length ?? 0) + Object.values(headers).join("").length;
  const response = await server.fetch(path, { method, body: body as BodyInit | undefined, headers: { ...(body !== undefined && { "content-type": type }), ...headers } } as Parameters<typeof server.fetch>[1]);
  const text = await response.text();
  return { name, bytes, status: response.status, isStatus: response.status < 400 || text.includes('"kind":"Status"'), answerBytes: text.length };
}
