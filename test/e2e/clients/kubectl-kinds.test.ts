/** Every built-in kind through the two newest of kubectl (older ones describe some in versions that 1.36 serves no more): made, shown in each form, described, explained, compared, changed, deleted. */
import { expect, test } from "vitest";
import { builtinKinds } from "../../../src/kinds/index.ts";
import type { Kind } from "../../../src/kinds/kind.ts";
import type { KubeObject } from "../../../src/kinds/object.ts";
import { describeVersions } from "../support/versions.ts";

/** What changes its neighbours: the Service's controller writes Endpoints of its name, a LimitRange gives pods what their manifests lack. */
const MEDDLING = ["endpoints", "limitranges"];
const stored = builtinKinds.filter((kind) => !MEDDLING.includes(kind.resource) && !kind.evaluate && kind.example && (!kind.verbs || (["create", "patch", "delete"] as const).every((verb) => kind.verbs!.includes(verb))));
const plural = (kind: Kind) => `${kind.resource}${kind.group && `.${kind.group}`}`;
/** In the version's namespace; what belongs to the cluster is deleted before the next version makes it. */
const examples = (namespace: string): KubeObject[] => stored.map((kind) => {
  const example = JSON.parse(JSON.stringify(kind.example!()).replaceAll('"namespace":"default"', JSON.stringify({ namespace }).slice(1, -1))) as KubeObject;
  return { ...example, metadata: { ...example.metadata, ...(kind.scope === "Namespaced" && { namespace }) } };
});
const list = (items: KubeObject[]) => ({ apiVersion: "v1", kind: "List", items });

describeVersions("kubectl", { versions: ["v35", "v36"] }, (k) => {
  const objects = examples(k.namespace);
  const byFile = (line: string) => k.kubectlWithInput(`${line} -f -`, list(objects));

  /** All but status, and what every write changes. */
  const desired = async () => (JSON.parse((await byFile("get -o json")).stdout) as { items: any[] }).items.map(({ status: _, metadata: { resourceVersion: _version, ...metadata }, ...rest }) => ({ metadata, ...rest }));

  test("create and read back, in every form", async () => {
    const made = await byFile("create -o name --save-config");
    expect(made).toMatchObject({ code: 0, stderr: "" });
    expect(made.stdout.trim().split("\n")).toHaveLength(objects.length);
    for (const form of ["json", "yaml", "wide", "name", "jsonpath={.items[*].metadata.uid}", "custom-columns=K:.kind,N:.metadata.name"]) {
      expect(await byFile(`get -o ${form}`), form).toMatchObject({ code: 0, stderr: "" });
    }
    expect((await byFile("get --show-labels --show-kind")).stderr).toBe("");
  });

  test("get of all of a kind at once, with its columns", async () => {
    const { code, stdout, stderr } = await k.tryKubectl("get -A", stored.map(plural).join(","));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const kind of stored.filter(({ resource }) => resource !== "events")) expect(stdout, plural(kind)).toMatch(new RegExp(`\\b${kind.singular ?? kind.kind.toLowerCase()}(\\.[\\w.]+)?/`));
  });

  test("describe", async () => {
    const { code, stdout, stderr } = await byFile("describe");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.match(/^Name:/gm)?.length).toBeGreaterThanOrEqual(objects.length);
  });

  test("diff shows nothing; apply in both ways changes nothing, label and annotate something", async () => {
    expect(await byFile("diff")).toEqual({ code: 0, stdout: "", stderr: "" });
    const before = await desired();
    expect(await byFile("apply")).toMatchObject({ code: 0, stderr: "" });
    expect(await desired()).toEqual(before); // also where kubectl says "configured": it sends what has defaults inside of atomic lists again
    expect(await byFile("apply --server-side --force-conflicts")).toMatchObject({ code: 0 });
    expect(await byFile("diff --server-side --force-conflicts")).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await k.kubectlWithInput("label -f - seen=yes", list(objects))).toMatchObject({ code: 0, stderr: "" });
    expect(await k.kubectlWithInput("annotate -f - note=yes", list(objects))).toMatchObject({ code: 0, stderr: "" });
    expect((await desired()).filter(({ metadata }) => metadata.labels?.seen !== "yes" || metadata.annotations?.note !== "yes")).toEqual([]);
  });

  test("explain of each kind", async () => {
    for (const kind of stored) expect(await k.kubectl(`explain ${plural(kind)}`), plural(kind)).toMatch(/^(GROUP: .*\n)?KIND: .*\nVERSION: .*\n\nDESCRIPTION:\n {4}\S/);
  });

  test("delete", async () => {
    const { code, stderr } = await byFile("delete --wait=false --now");
    expect({ code, stderr: stderr.replace(/^Warning: deleting cluster-scoped resources, not scoped to the provided namespace\n/, "") }).toEqual({ code: 0, stderr: "" });
    const left = (await byFile("get -o name")).stdout.trim().split("\n").filter(Boolean);
    expect(left.filter((name) => !/^(persistentvolume|persistentvolumeclaim|namespace|pod|node)/.test(name))).toEqual([]);
  });
});
