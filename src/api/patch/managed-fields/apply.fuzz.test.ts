import * as fc from "fast-check";
import { expect, test } from "vitest";
import { schemaOf } from "../../../kinds/facts/table.ts";
import type { KubeObject } from "../../../kinds/object.ts";
import { applyServerSide } from "./apply.ts";
import { trackUpdate } from "./track-update.ts";

const schema = schemaOf("io.k8s.api.core.v1.Pod");
const write = { apiVersion: "v1", nowIso: "2026-01-01T00:00:00Z" };
const text = fc.constantFrom("a", "b", "c");
const container = fc.record({ name: text, image: text, args: fc.array(text, { maxLength: 2 }), env: fc.uniqueArray(fc.record({ name: text, value: text }), { selector: (e) => e.name, maxLength: 3 }), resources: fc.record({ limits: fc.dictionary(text, text, { maxKeys: 2 }) }, { requiredKeys: [] }) }, { requiredKeys: ["name"] });
const pod = fc.record({
  apiVersion: fc.constant("v1"), kind: fc.constant("Pod"),
  metadata: fc.record({ name: fc.constant("p"), labels: fc.dictionary(text, text, { maxKeys: 3 }), finalizers: fc.uniqueArray(text, { maxLength: 3 }) }, { requiredKeys: ["name"] }),
  spec: fc.record({ containers: fc.uniqueArray(container, { selector: (c) => c.name, maxLength: 3 }), nodeName: text, nodeSelector: fc.dictionary(text, text, { maxKeys: 2 }) }, { requiredKeys: [] }),
}, { requiredKeys: ["apiVersion", "kind", "metadata"] }) as unknown as fc.Arbitrary<KubeObject>;

test("an apply holds what it says, is idempotent, and leaves nothing when it is withdrawn", () => {
  fc.assert(fc.property(pod, pod, pod, (base, mine, theirs) => {
    const created = { ...base, metadata: { ...base.metadata, ...entries(trackUpdate(undefined, base, schema, { ...write, manager: "creator" })) } };
    const applied = applyServerSide(created, theirs, schema, { ...write, manager: "them", force: true });
    const both = applyServerSide(applied, mine, schema, { ...write, manager: "me", force: true });
    expect(both).toMatchObject(withoutEmpty(mine));
    expect(applyServerSide(both, mine, schema, { ...write, manager: "me", force: false })).toBe(both);
    const withdrawn = applyServerSide(both, { apiVersion: "v1", kind: "Pod", metadata: { name: "p" } }, schema, { ...write, manager: "me", force: false });
    expect(withdrawn.metadata.managedFields?.some((m) => m.manager === "me") ?? false).toBe(false);
  }), { numRuns: 300 });
});

const entries = (managedFields: ReturnType<typeof trackUpdate>) => (managedFields ? { managedFields } : {});

/** Lists keep others' entries, and an empty list or map takes nothing away: only what is said must hold. */
function withoutEmpty(config: KubeObject): object {
  const spec = config["spec"] as { containers?: unknown; nodeName?: string; nodeSelector?: object } | undefined;
  return { metadata: { name: "p", ...(config.metadata.labels && { labels: config.metadata.labels }) }, ...(spec?.nodeName && { spec: { nodeName: spec.nodeName } }) };
}
