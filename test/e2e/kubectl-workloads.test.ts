/** kubectl with Deployments and nodes: rollouts and their history, scaling, set, expose, cordon, drain, taints, events. */
import { beforeAll, describe, expect, test } from "vitest";
import { apply, eventually, getJson, hasContainers, IMAGE, kubectl, startKubectl, tryKubectl, useNamespace } from "./support/shared.ts";

const NS = "workloads";
const IN = `-n ${NS}`;

const deployment = (name: string, replicas: number, more: object = {}) => ({
  apiVersion: "apps/v1", kind: "Deployment", metadata: { name, namespace: NS }, spec: { replicas, selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec: {
    terminationGracePeriodSeconds: 1, containers: [{ name: "web", image: IMAGE, command: ["httpd", "-f", "-p", "8080", "-h", "/www"], ports: [{ containerPort: 8080 }], readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 } }],
  } }, ...more },
});

describe.skipIf(!hasContainers)("kubectl and workloads", () => {
  useNamespace(NS);

  describe("a rollout", () => {
    const rolledOut = () => kubectl(`rollout status deployment/web ${IN} --timeout=60s`);
    const environment = async () => (await getJson(`deployment web ${IN}`)).spec.template.spec.containers[0].env;
    beforeAll(async () => {
      if (!hasContainers) return;
      await apply(deployment("web", 2));
      await rolledOut();
    });

    test("of a new template keeps enough pods; its history tells causes; undo goes back", async () => {
      await kubectl(`annotate deployment web ${IN} kubernetes.io/change-cause=first`);
      await kubectl(`set env deployment/web ${IN} COLOUR=blue`);
      await kubectl(`annotate deployment web ${IN} kubernetes.io/change-cause=blue --overwrite`);
      const watching = startKubectl(`rollout status deployment/web ${IN} --timeout=60s`);
      expect(await watching.exited).toBe(0);
      expect(watching.output()).toContain('deployment "web" successfully rolled out');
      expect(await kubectl(`rollout history deployment/web ${IN}`)).toMatch(/1\s+first\n2\s+blue\n/);
      expect(await kubectl(`rollout history deployment/web ${IN} --revision=2`)).toMatch(/COLOUR:\s+blue/);
      await kubectl(`rollout undo deployment/web ${IN}`);
      await rolledOut();
      expect(await environment()).toBeUndefined();
      await kubectl(`rollout undo deployment/web ${IN} --to-revision=2`);
      await rolledOut();
      expect(await environment()).toEqual([{ name: "COLOUR", value: "blue" }]);
    });

    test("is paused and resumed; set resources and set image change the template", async () => {
      await kubectl(`rollout pause deployment/web ${IN}`);
      await kubectl(`set resources deployment/web ${IN} --limits=memory=64Mi --requests=cpu=5m`);
      await kubectl(`set image deployment/web ${IN} web=${IMAGE}`);
      expect((await tryKubectl(`rollout restart deployment/web ${IN}`)).stderr).toContain("can't restart paused deployment");
      expect((await getJson(`rs ${IN} -l app=web`)).items.every((set: { spec: { template: { spec: { containers: { resources: { limits?: object } }[] } } } }) => !set.spec.template.spec.containers[0]!.resources.limits)).toBe(true);
      await kubectl(`rollout resume deployment/web ${IN}`);
      await rolledOut();
      const { items } = await getJson(`pods ${IN} -l app=web`); // old ones may still be terminating
      expect(items.map((pod: { spec: { containers: { resources: object }[] } }) => pod.spec.containers[0]!.resources)).toContainEqual({ limits: { memory: "64Mi" }, requests: { cpu: "5m", memory: "64Mi" } });
    });

    test("restart makes new pods of the same template; scale and expose", async () => {
      const uids = async (): Promise<string[]> => (await getJson(`pods ${IN} -l app=web`)).items.map((pod: { metadata: { uid: string } }) => pod.metadata.uid);
      const before = await uids();
      await kubectl(`rollout restart deployment/web ${IN}`);
      await rolledOut();
      await eventually(async () => expect((await uids()).filter((uid) => before.includes(uid))).toEqual([]));
      await kubectl(`scale deployment/web ${IN} --replicas=4 --current-replicas=2`);
      expect((await tryKubectl(`scale deployment/web ${IN} --replicas=1 --current-replicas=2`)).stderr).toContain("Expected replicas to be 2, was 4");
      await kubectl(`wait deployment/web ${IN} --for=jsonpath={.status.readyReplicas}=4 --timeout=60s`);
      expect(await kubectl(`get deployment web ${IN}`)).toMatch(/^NAME\s+READY\s+UP-TO-DATE\s+AVAILABLE\s+AGE\nweb\s+4\/4\s+4\s+4\s/);
      await kubectl(`expose deployment web ${IN} --port=80 --target-port=8080`);
      await eventually(async () => expect((await getJson(`endpointslices ${IN} -l kubernetes.io/service-name=web`)).items[0].endpoints).toHaveLength(4));
      await kubectl(`scale deployment/web ${IN} --replicas=0`);
      await kubectl(`wait pod ${IN} -l app=web --for=delete --timeout=30s`);
    });

    test("that never gets ready fails its deadline, and rollout status says so", async () => {
      await apply(deployment("stuck", 1, { progressDeadlineSeconds: 1 }));
      await kubectl(`set image deployment/stuck ${IN} web=isopod.example/not-there:1`);
      const { code, stderr } = await tryKubectl(`rollout status deployment/stuck ${IN} --timeout=30s`);
      expect({ code, stderr }).toEqual({ code: 1, stderr: 'error: deployment "stuck" exceeded its progress deadline\n' });
      await eventually(async () => expect(await kubectl(`get pods ${IN} -l app=stuck`)).toMatch(/ErrImagePull|ImagePullBackOff|ErrImageNeverPull/));
      expect(await kubectl(`describe pods ${IN} -l app=stuck --show-events=true`)).toContain("Failed to pull image");
      await kubectl(`delete deployment stuck ${IN}`);
    });
  });

  describe("nodes", () => {
    const nodesOf = async (app: string): Promise<string[]> => (await getJson(`pods ${IN} -l app=${app} --field-selector=status.phase=Running`)).items.map((pod: { spec: { nodeName: string } }) => pod.spec.nodeName);

    test("cordon keeps new pods away, drain empties a node, uncordon takes it back", async () => {
      await apply(deployment("moved", 4));
      await kubectl(`rollout status deployment/moved ${IN} --timeout=60s`);
      expect(new Set(await nodesOf("moved"))).toEqual(new Set(["node-0", "node-1"]));
      const drained = await kubectl("drain node-1 --ignore-daemonsets --delete-emptydir-data --force --timeout=90s --pod-selector=app=moved");
      expect(drained).toContain("node/node-1 cordoned");
      expect(drained).toMatch(/pod\/moved-\S+ evicted/);
      expect(await kubectl("get node node-1")).toContain("Ready,SchedulingDisabled");
      await kubectl(`rollout status deployment/moved ${IN} --timeout=60s`);
      expect(await nodesOf("moved")).toEqual(Array(4).fill("node-0"));
      await kubectl("uncordon node-1");
      await kubectl(`scale deployment/moved ${IN} --replicas=6`);
      await kubectl(`rollout status deployment/moved ${IN} --timeout=60s`);
      expect(await nodesOf("moved")).toContain("node-1");
      await kubectl(`delete deployment moved ${IN}`);
    });

    test("taints keep pods away, NoExecute drives them out, and a Pending pod tells why and goes on by itself", async () => {
      await kubectl("taint node node-0 node-1 busy=yes:NoSchedule");
      await apply({ apiVersion: "v1", kind: "Pod", metadata: { name: "waits", namespace: NS }, spec: { terminationGracePeriodSeconds: 1, containers: [{ name: "c", image: IMAGE, command: ["sleep", "100000"] }] } });
      await eventually(async () => expect(await kubectl(`describe pod waits ${IN}`)).toContain("0/2 nodes are available: 2 node(s) had untolerated taint(s)"));
      expect(await kubectl(`get events ${IN} --field-selector=involvedObject.name=waits,reason=FailedScheduling -o name`)).toContain("event/");
      await kubectl("taint node node-0 node-1 busy-");
      await kubectl(`wait pod/waits ${IN} --for=condition=Ready --timeout=30s`);
      const node = (await getJson(`pod waits ${IN}`)).spec.nodeName;
      await kubectl(`taint node ${node} leave=now:NoExecute`);
      await kubectl(`wait pod/waits ${IN} --for=delete --timeout=60s`);
      await kubectl(`taint node ${node} leave-`);
    });

    test("describe, labels and selectors", async () => {
      await kubectl("label node node-1 disk=fast");
      await apply({ apiVersion: "v1", kind: "Pod", metadata: { name: "picky", namespace: NS }, spec: { nodeSelector: { disk: "fast" }, terminationGracePeriodSeconds: 0, containers: [{ name: "c", image: IMAGE, command: ["sleep", "1000"], resources: { requests: { cpu: "100m" } } }] } });
      await kubectl(`wait pod/picky ${IN} --for=condition=Ready --timeout=30s`);
      const text = await kubectl("describe node node-1");
      expect(text).toMatch(/workloads\s+picky\s+100m/);
      expect(text).toMatch(/Lease:\n\s+HolderIdentity:\s+node-1\n\s+AcquireTime:\s+<unset>\n\s+RenewTime:\s+\w{3}, /);
      expect(await kubectl("get nodes -l disk=fast -o name")).toBe("node/node-1\n");
      await kubectl("label node node-1 disk-");
      await kubectl(`delete pod picky ${IN} --now`);
    });

    test("the lease of a connected node is renewed without a write", async () => {
      const lease = () => getJson("lease node-0 -n kube-node-lease");
      const first = await lease();
      await eventually(async () => expect((await lease()).spec.renewTime > first.spec.renewTime).toBe(true), 15_000);
      expect((await lease()).metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    });
  });

  test("wait for conditions, fields and deletion, and its end when time is over", async () => {
    await kubectl(`run short ${IN} --image=${IMAGE} --restart=Never -- sleep 1`);
    await kubectl(`wait pod/short ${IN} --for=jsonpath={.status.phase}=Succeeded --timeout=30s`);
    expect((await tryKubectl(`wait pod/short ${IN} --for=condition=Ready --timeout=1s`)).stderr).toContain("timed out waiting for the condition on pods/short");
    const waiting = kubectl(`wait pod/short ${IN} --for=delete --timeout=20s`);
    await kubectl(`delete pod short ${IN}`);
    await waiting;
  });

  test("events tell a pod's life in order", async () => {
    await kubectl(`run told ${IN} --image=${IMAGE} --restart=Never -- true`);
    await eventually(async () => {
      const events = (await getJson(`events ${IN} --field-selector=involvedObject.name=told`)).items.map((event: { reason: string }) => event.reason);
      expect(new Set(events)).toEqual(new Set(["Scheduled", "Pulled", "Created", "Started"]));
    });
    expect(await kubectl(`events ${IN} --for=pod/told`)).toContain(`Successfully assigned ${NS}/told to node-`);
  });
});
