import { expect, test } from "vitest";
import { builtinKinds } from "../../src/kinds/index.ts";
import { apiVersionOf } from "../../src/api/registry/catalog.ts";
import { aRule, aWebhook, type Webhook } from "../harness/fake-webhooks.ts";
import { hooked, type Hooked } from "../harness/hooked-cluster.ts";

type Json = Record<string, any>;
const stored = builtinKinds.filter((kind) => kind.example && !kind.evaluate && (kind.verbs ?? ["create"]).includes("create") && !(kind.group === "admissionregistration.k8s.io" && /(policies|bindings|configurations)$/.test(kind.resource)));

/** Adds an annotation, and sees to it that what it is shown is whole. */
const annotate: Webhook = ({ operation, object }) => (operation === "DELETE" ? {} : { patch: [
  ...(object.metadata.annotations ? [] : [{ op: "add", path: "/metadata/annotations", value: {} }]), { op: "add", path: "/metadata/annotations/hooked", value: operation },
] });

/** The revision of a write is known only when it is made. */
const unversioned = ({ metadata: { resourceVersion: _, ...metadata }, ...rest }: Json): Json => ({ ...rest, metadata });

async function everything(webhooks: Record<string, Webhook>): Promise<Hooked> {
  const h = hooked(webhooks);
  await h.send("POST", "/api/v1/namespaces/default/serviceaccounts", { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } });
  await h.configure("Mutating", [aWebhook("annotate", aRule("*", "*"))]);
  await h.configure("Validating", [aWebhook("look", aRule("*", "*"))]);
  return h;
}

test.each(stored.map((kind) => [`${kind.kind} (${apiVersionOf(kind)})`, kind] as const))("%s is shown to webhooks at each step of its life", async (_name, kind) => {
  using h = await everything({ annotate, look: () => ({}) });
  const example = kind.example!() as Json;
  const root = `${kind.group ? `/apis/${apiVersionOf(kind)}` : "/api/v1"}${kind.scope === "Namespaced" ? "/namespaces/default" : ""}/${kind.resource}`;
  const created = await h.create(example, root);
  expect(created.status, created.body.message).toBe(201);
  expect(created.body.metadata.annotations.hooked).toBe("CREATE");
  const { name } = created.body.metadata;
  const updated = await h.send("PATCH", `${root}/${name}`, { metadata: { labels: { changed: "yes" } } });
  expect(updated.status, updated.body.message).toBe(200);
  expect(updated.body.metadata).toMatchObject({ annotations: { hooked: "UPDATE" }, labels: { changed: "yes" } });
  expect((await h.send("DELETE", `${root}/${name}`)).status).toBeLessThan(300);
  const seen = h.hooks.calls.filter(({ request }) => request.resource.resource === kind.resource && request.name === name).map(({ name: hook, request }) => `${request.operation} ${hook}`);
  expect(seen).toEqual(["CREATE", "UPDATE", "DELETE"].flatMap((operation) => [`${operation} annotate`, `${operation} look`]));
  const [, look] = h.hooks.calls.filter(({ request }) => request.operation === "UPDATE");
  expect(unversioned(look!.request.object)).toEqual(unversioned(updated.body));
});
