import { expect, test } from "vitest";
import { aDeployment, aNamespace, aPod } from "../../../test/harness/builders.ts";
import { testApi, type TestApi } from "../../../test/harness/test-api.ts";
import type { PodSpec } from "../../kinds/types/core-v1.generated.ts";
import { detailsText, violationsOf } from "./evaluate.ts";
import { policyOf } from "./policy.ts";

const label = (mode: string, value: string) => ({ [`pod-security.kubernetes.io/${mode}`]: value });

async function apiWith(labels: Record<string, string>): Promise<TestApi> {
  const api = await testApi({ namespaces: [] });
  await api.create(aNamespace("default", { labels }));
  await api.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: "default" } });
  return api;
}

const RESTRICTED_TEXT = 'violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "main" must set securityContext.allowPrivilegeEscalation=false), '
  + 'unrestricted capabilities (container "main" must set securityContext.capabilities.drop=["ALL"]), '
  + 'runAsNonRoot != true (pod or container "main" must set securityContext.runAsNonRoot=true), '
  + 'seccompProfile (pod or container "main" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")';

test("enforce refuses a pod with everything that is wrong, in upstream's words", async () => {
  await using api = await apiWith(label("enforce", "restricted"));
  const answer = await api.post(aPod());
  expect(answer).toBeStatus(403, "Forbidden");
  expect(answer.body.message).toBe(`pods "pod" is forbidden: ${RESTRICTED_TEXT}`);
});

test("a pod that keeps to the restricted level is admitted", async () => {
  await using api = await apiWith(label("enforce", "restricted"));
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };
  expect((await api.post(aPod({ spec: { containers: [{ name: "main", image: "app:1", securityContext }] } }))).status).toBe(201);
});

test("warn tells about pods and templates, and is as strict as enforce by default", async () => {
  await using api = await apiWith(label("warn", "baseline"));
  const spec = { hostNetwork: true, containers: [{ name: "main", image: "app:1" }] };
  expect((await api.post(aPod({ spec }))).warnings).toEqual(['would violate PodSecurity "baseline:latest": host namespaces (hostNetwork=true)']);
  await using strict = await apiWith(label("enforce", "restricted"));
  const answer = await strict.post(aDeployment());
  expect(answer.status).toBe(201);
  expect(answer.warnings[0]).toContain('would violate PodSecurity "restricted:latest": allowPrivilegeEscalation != false');
});

test("a namespace that becomes stricter hears about its pods, which stay", async () => {
  await using api = await apiWith({});
  for (const name of ["b", "a"]) await api.create(aPod({ name, spec: { hostPID: true, containers: [{ name: "main", image: "app:1" }] } }));
  const answer = await api.mergePatch(aNamespace("default"), { metadata: { labels: { ...label("enforce", "baseline"), ...label("enforce-version", "v1.30") } } });
  expect(answer.warnings).toEqual(['existing pods in namespace "default" violate the new PodSecurity enforce level "baseline:v1.30"', "a (and 1 other pod): host namespaces"]);
});

test("labels that say nothing known are refused", async () => {
  await using api = await apiWith({});
  const answer = await api.mergePatch(aNamespace("default"), { metadata: { labels: { ...label("enforce", "odd"), ...label("warn-version", "1.20") } } });
  expect(answer).toBeStatus(422, "Invalid");
  expect(answer.body.message).toContain('metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "odd": must be one of privileged, baseline, restricted');
  expect(answer.body.message).toContain('metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: "1.20": must be "latest" or "v1.x"');
});

const container = (more: object) => ({ containers: [{ name: "x", image: "i", ...more }] }) as PodSpec;
test.each<[string, PodSpec, string]>([
  ["baseline", container({ securityContext: { privileged: true } }), 'privileged (container "x" must not set securityContext.privileged=true)'],
  ["baseline", container({ securityContext: { capabilities: { add: ["SYS_ADMIN", "CHOWN"] } } }), 'non-default capabilities (container "x" must not include "SYS_ADMIN" in securityContext.capabilities.add)'],
  ["baseline", container({ ports: [{ containerPort: 1, hostPort: 80 }] }), 'hostPort (container "x" uses hostPort 80)'],
  ["baseline", { ...container({}), volumes: [{ name: "v", hostPath: { path: "/" } }] }, 'hostPath volumes (volume "v")'],
  ["baseline", { ...container({}), securityContext: { sysctls: [{ name: "kernel.msgmax", value: "1" }] } }, "forbidden sysctls (kernel.msgmax)"],
  ["baseline", { ...container({ securityContext: { seLinuxOptions: { type: "t", user: "u" } } }), securityContext: { seLinuxOptions: { role: "r" } } }, 'seLinuxOptions (pod and container "x" set forbidden securityContext.seLinuxOptions: type "t"; user may not be set; role may not be set)'],
  ["baseline", container({ livenessProbe: { tcpSocket: { port: 1, host: "10.0.0.1" } } }), 'probe or lifecycle host (container "x" uses probe or lifecycle host "10.0.0.1")'],
  ["restricted", { ...container({ securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, runAsNonRoot: true, runAsUser: 0, seccompProfile: { type: "Unconfined" } } }), volumes: [{ name: "n", nfs: { server: "s", path: "/" } }] },
    'restricted volume types (volume "n" uses restricted volume type "nfs"), runAsUser=0 (container "x" must not set runAsUser=0), seccompProfile (container "x" must not set securityContext.seccompProfile.type to "Unconfined")'],
])("level %s: %#", (level, spec, text) => {
  expect(detailsText(violationsOf({ level: level as "baseline", minor: Infinity }, { metadata: {}, spec }))).toBe(text);
});

test("a version has the rules of its time", () => {
  const { policy } = policyOf({ ...label("enforce", "restricted"), ...label("enforce-version", "v1.7") });
  expect(violationsOf(policy.enforce, { metadata: {}, spec: container({}) }).map((v) => v.reason)).toEqual(["runAsNonRoot != true"]);
});
