/**
 * A small server of admission webhooks, one at each path. It stands alone, so that it also runs in a container:
 * `node webhook-server.ts DIRECTORY` with tls.crt and tls.key in there.
 */
import { readFileSync, realpathSync } from "node:fs";
import { createServer, type Server } from "node:https";
import { text } from "node:stream/consumers";

interface Request { uid: string; operation: string; name?: string; kind: { kind: string }; object: any; oldObject: any; userInfo: { username: string } }
interface Response { allowed?: boolean; patch?: object[]; message?: string; warnings?: string[] }

const webhooks: Readonly<Record<string, (request: Request) => Response | Promise<Response>>> = {
  "/configmaps": ({ operation, object, oldObject }) => {
    if (operation === "DELETE") return (oldObject.data?.keep ? { allowed: false, message: "it is to be kept" } : {});
    return object.data?.unwanted ? { allowed: false, message: "the configmap contains unwanted key and value" } : {};
  },
  "/pods": ({ object }) => (object.spec.containers.some(({ name }: { name: string }) => name === "unwanted") ? { allowed: false, message: "the pod contains unwanted container name" } : {}),
  "/mutate-configmaps": ({ object }) => {
    const stage = object.data?.["stage-1"] === "yes" ? "stage-2" : "stage-1";
    return object.data?.start === "yes" ? { patch: [{ op: "add", path: `/data/${stage}`, value: "yes" }] } : {};
  },
  "/inject": () => ({ patch: [{ op: "add", path: "/spec/initContainers", value: [{ name: "injected", image: "isopod.example/busybox:1", command: ["true"] }] }] }),
  "/streams": ({ kind, object }) => ({ allowed: false, message: `${kind.kind} of ${object.command?.join(" ") ?? "nothing"} is not allowed` }),
  "/slow": () => new Promise((resolve) => setTimeout(() => resolve({}), 5_000)),
  "/warn": ({ userInfo, name }) => ({ warnings: [`${userInfo.username} makes ${name}`] }),
};

export function createWebhookServer(pair: { cert: string; key: string }): Server {
  return createServer(pair, async (asked, answer) => {
    const webhook = webhooks[asked.url!.split("?")[0]!];
    if (!webhook) return void answer.writeHead(404).end();
    const { request } = JSON.parse(await text(asked)) as { request: Request };
    const { allowed = true, patch, message, warnings } = await webhook(request);
    const response = {
      uid: request.uid, allowed, ...(message && { status: { message } }), ...(warnings && { warnings }),
      ...(patch && { patchType: "JSONPatch", patch: Buffer.from(JSON.stringify(patch)).toString("base64") }),
    };
    answer.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response }));
  });
}

const [, script, directory] = process.argv;
if (directory && realpathSync(script!) === realpathSync(import.meta.filename)) {
  createWebhookServer({ cert: readFileSync(`${directory}/tls.crt`, "utf8"), key: readFileSync(`${directory}/tls.key`, "utf8") }).listen(8443);
}
