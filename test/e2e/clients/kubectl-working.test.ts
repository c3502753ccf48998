/** The oldest and the newest kubectl and what controllers do: rollouts, scaling, waiting, deleting with dependents, nodes, debugging, events. Pods run on hollow nodes. */
import { describe, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { describeVersions } from "../support/versions.ts";

interface Named { metadata: { name: string; uid: string } }

const template = (name: string) => ({ metadata: { labels: { app: name } }, spec: { terminationGracePeriodSeconds: 0, containers: [{ name: "web", image: "web:1" }] } });
const workload = (kind: string, name: string, spec: object) => ({ apiVersion: "apps/v1", kind, metadata: { name }, spec: { selector: { matchLabels: { app: name } }, template: template(name), ...spec } });
const aPod = (name: string, more: object = {}) => ({ apiVersion: "v1", kind: "Pod", metadata: { name, labels: { app: name } }, spec: { ...template(name).spec, ...more } });

describeVersions("kubectl", { hollowNodes: 2, versions: ["v33", "v36"] }, (k) => {
  const rolledOut = (what: string) => k.kubectl(`rollout status ${what} --timeout=60s`);

  describe("a Deployment's rollout", () => {
    test("is followed, has a history with causes, is undone to the last and to any revision", async () => {
      await k.apply(workload("Deployment", "web", { replicas: 2 }));
      await rolledOut("deployment/web");
      await k.kubectl("annotate deployment web kubernetes.io/change-cause=first");
      await k.kubectl("set env deployment/web COLOUR=blue");
      await k.kubectl("annotate deployment web kubernetes.io/change-cause=blue --overwrite");
      expect(await rolledOut("deployment/web")).toContain('deployment "web" successfully rolled out');
      expect(await k.kubectl("rollout history deployment/web")).toMatch(/1\s+first\n2\s+blue\n/);
      expect(await k.kubectl("rollout history deployment/web --revision=2")).toMatch(/COLOUR:\s+blue/);
      expect(await k.kubectl("rollout undo deployment/web --dry-run=server")).toContain("rolled back");
      await k.kubectl("rollout undo deployment/web");
      await rolledOut("deployment/web");
      await k.kubectl("rollout undo deployment/web --to-revision=2");
      await rolledOut("deployment/web");
      expect((await k.getJson("deployment web")).spec.template.spec.containers[0].env).toEqual([{ name: "COLOUR", value: "blue" }]);
      expect((await k.tryKubectl("rollout undo deployment/web --to-revision=99")).stderr).toContain("unable to find specified revision 99 in history");
    });

    test("is paused and resumed, restarted, scaled", async () => {
      await k.kubectl("rollout pause deployment/web");
      await k.kubectl("set image deployment/web web=web:2");
      expect((await k.tryKubectl("rollout restart deployment/web")).stderr).toContain("can't restart paused deployment");
      await k.kubectl("rollout resume deployment/web");
      await rolledOut("deployment/web");
      const uids = async () => (await k.getJson("pods -l app=web")).items.map((pod: Named) => pod.metadata.uid);
      const before = await uids();
      await k.kubectl("rollout restart deployment/web");
      await rolledOut("deployment/web");
      await eventually(async () => expect((await uids()).filter((uid: string) => before.includes(uid))).toEqual([]));
      await k.kubectl("scale deployment/web --replicas=3 --current-replicas=2");
      expect((await k.tryKubectl("scale deployment/web --replicas=1 --current-replicas=2")).stderr).toContain("Expected replicas to be 2, was 3");
      await k.kubectl("wait deployment/web --for=jsonpath={.status.readyReplicas}=3 --timeout=60s");
      await k.kubectl("wait deployment/web --for=condition=Available --timeout=10s");
      expect(await k.kubectl("get deployment web -o wide")).toMatch(/^NAME\s+READY\s+UP-TO-DATE\s+AVAILABLE\s+AGE\s+CONTAINERS\s+IMAGES\s+SELECTOR\nweb\s+3\/3\s+3\s+3\s+\S+\s+web\s+web:2\s+app=web\n/);
      expect(await k.kubectl("describe deployment web")).toMatch(/Replicas:\s+3 desired \| 3 updated \| 3 total \| 3 available \| 0 unavailable[^]*ScalingReplicaSet/);
    });

    test("autoscale makes a HorizontalPodAutoscaler; expose a Service with endpoints", async () => {
      await k.kubectl("autoscale deployment web --min=2 --max=5 --cpu-percent=80");
      expect((await k.getJson("hpa web")).spec).toMatchObject({ minReplicas: 2, maxReplicas: 5, metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } }], scaleTargetRef: { kind: "Deployment", name: "web" } });
      expect(await k.kubectl("get hpa web")).toMatch(/web\s+Deployment\/web\s+cpu: <unknown>\/80%\s+2\s+5\s+/);
      await k.kubectl("delete hpa web");
      await k.kubectl("expose deployment web --port=80 --target-port=8080 --labels=from=expose");
      await eventually(async () => expect((await k.getJson("endpointslices -l kubernetes.io/service-name=web")).items[0].endpoints).toHaveLength(3));
      expect(await k.kubectl("describe service web")).toMatch(/Endpoints:\s+10\.\d+\.\d+\.\d+:8080,/);
      await k.kubectl("scale deployment/web --replicas=0");
      await k.kubectl("wait pod -l app=web --for=delete --timeout=30s");
    });
  });

  test.each(["StatefulSet", "DaemonSet"])("a %s's rollout: status, history, undo, restart", async (kind) => {
    const what = `${kind.toLowerCase()}/${kind.toLowerCase()}`;
    await k.apply(workload(kind, kind.toLowerCase(), kind === "StatefulSet" ? { replicas: 2, serviceName: "x" } : {}));
    await rolledOut(what);
    await k.kubectl(`set image ${what} web=web:2`);
    await rolledOut(what);
    expect(await k.kubectl(`rollout history ${what}`)).toMatch(/1\s+<none>\n2\s+<none>\n/);
    expect(await k.kubectl(`rollout history ${what} --revision=2`)).toContain("web:2");
    await k.kubectl(`rollout undo ${what}`);
    await rolledOut(what);
    expect((await k.getJson(what.replace("/", " "))).spec.template.spec.containers[0].image).toBe("web:1");
    await k.kubectl(`rollout restart ${what}`);
    await rolledOut(what);
    await k.kubectl(`delete ${what} --timeout=30s`);
  });

  describe("wait", () => {
    test("for what is made later, for a field, for deletion, and its end when time is over", async () => {
      const created = k.kubectl("wait pod/later --for=create --timeout=30s");
      await new Promise((resolve) => setTimeout(resolve, 500));
      await k.apply(aPod("later"));
      expect(await created).toContain("pod/later condition met");
      await k.kubectl("wait pod/later --for=condition=Ready --timeout=30s");
      await k.kubectl("wait pod/later --for=jsonpath={.status.phase}=Running --timeout=30s");
      await k.kubectl("wait pod/later --for=jsonpath={.status.podIP} --timeout=30s");
      expect((await k.tryKubectl("wait pod/later --for=condition=Ready=false --timeout=1s")).stderr).toContain("timed out waiting for the condition on pods/later");
      const gone = k.kubectl("wait pod/later --for=delete --timeout=30s");
      await k.kubectl("delete pod later --grace-period=0 --force");
      await gone;
      expect((await k.tryKubectl("wait pod/never --for=condition=Ready --timeout=1s")).stderr).toContain('pods "never" not found');
    });
  });

  test.each([["background", 0], ["foreground", 0], ["orphan", 1]])("delete --cascade=%s leaves %d dependents", async (cascade, left) => {
    await k.apply(workload("Deployment", `tree-${cascade}`, { replicas: 1 }));
    const sets = async () => (await k.getJson(`rs -l app=tree-${cascade}`)).items;
    await eventually(async () => (await sets()).length === 1);
    await k.kubectl(`delete deployment tree-${cascade} --cascade=${cascade}`);
    await eventually(async () => (await sets()).length === left);
    if (left) await k.kubectl(`delete rs -l app=tree-${cascade}`);
  });

  describe("nodes", () => {
    const nodesOf = async (app: string): Promise<string[]> => (await k.getJson(`pods -l app=${app}`)).items.map((pod: { spec: { nodeName: string } }) => pod.spec.nodeName);

    test("cordon, drain with a disruption budget in the way, uncordon", async () => {
      await k.apply(workload("Deployment", "moved", { replicas: 4 }));
      await rolledOut("deployment/moved");
      expect(new Set(await nodesOf("moved"))).toEqual(new Set(["hollow-0", "hollow-1"]));
      await k.kubectl("create pdb moved --selector=app=moved --min-available=4");
      await k.kubectl("wait pdb/moved --for=jsonpath={.status.currentHealthy}=4 --timeout=20s");
      const drain = "drain hollow-1 --ignore-daemonsets --delete-emptydir-data --force --pod-selector=app=moved";
      expect((await k.tryKubectl(`${drain} --timeout=2s`)).stderr).toContain("Cannot evict pod as it would violate the pod's disruption budget.");
      await k.kubectl("delete pdb moved");
      expect(await k.kubectl(`${drain} --timeout=90s`)).toMatch(/pod\/moved-\S+ evicted[^]*node\/hollow-1 drained/);
      expect(await k.kubectl("get node hollow-1")).toContain("Ready,SchedulingDisabled");
      await rolledOut("deployment/moved");
      expect(await nodesOf("moved")).toEqual(Array(4).fill("hollow-0"));
      expect(await k.kubectl("uncordon hollow-1")).toBe("node/hollow-1 uncordoned\n");
      expect(await k.kubectl("uncordon hollow-1")).toBe("node/hollow-1 already uncordoned\n");
      await k.kubectl("delete deployment moved");
    });

    test("taints keep pods away, and are taken off; a Pending pod tells why; NoExecute drives out", async () => {
      expect(await k.kubectl("taint node hollow-0 hollow-1 busy=yes:NoSchedule")).toContain("node/hollow-0 tainted");
      expect((await k.tryKubectl("taint node hollow-0 busy=no:NoSchedule")).stderr).toContain("already has busy taint(s) with same effect(s) and --overwrite is false");
      await k.apply(aPod("waits"));
      await eventually(async () => expect(await k.kubectl("describe pod waits")).toMatch(/FailedScheduling.*0\/2 nodes are available: 2 node\(s\) had untolerated taint\(s\)/));
      await k.kubectl("taint node hollow-0 hollow-1 busy-");
      await k.kubectl("wait pod/waits --for=condition=Ready --timeout=30s");
      const node = (await k.getJson("pod waits")).spec.nodeName;
      await k.kubectl(`taint node ${node} leave=now:NoExecute`);
      await k.kubectl("wait pod/waits --for=delete --timeout=60s");
      await k.kubectl(`taint node ${node} leave:NoExecute-`);
    });

    test("describe and get of nodes", async () => {
      await k.kubectl("label node hollow-1 disk=fast");
      expect(await k.kubectl("get nodes -l disk=fast -o wide")).toMatch(/^NAME\s+STATUS\s+ROLES\s+AGE\s+VERSION\s+INTERNAL-IP\s+EXTERNAL-IP\s+OS-IMAGE\s+KERNEL-VERSION\s+CONTAINER-RUNTIME\nhollow-1\s+Ready\s+/);
      await k.apply(aPod("picky", { nodeSelector: { disk: "fast" } }));
      await k.kubectl("wait pod/picky --for=condition=Ready --timeout=30s");
      expect(await k.kubectl("describe node hollow-1")).toMatch(new RegExp(`Lease:\\n\\s+HolderIdentity:\\s+hollow-1[^]*${k.namespace}\\s+picky\\s`));
      await k.kubectl("label node hollow-1 disk-");
      await k.kubectl("delete pod picky --now");
    });
  });

  test("run, debug beside, as a copy with another image, and on a node; events of each", async () => {
    expect(await k.kubectl("run box --image=busybox --restart=Never --labels=app=box --env=A=1 -- sleep 1000")).toBe("pod/box created\n");
    await k.kubectl("wait pod/box --for=condition=Ready --timeout=30s");
    await k.kubectl("debug box --image=busybox -c looker --target=box --profile=general -- sleep 10");
    await eventually(async () => expect((await k.getJson("pod box")).status.ephemeralContainerStatuses).toMatchObject([{ name: "looker", state: { running: {} } }]));
    await k.kubectl("debug box --copy-to=copied --set-image=*=busybox:2 --share-processes");
    expect((await k.getJson("pod copied")).spec).toMatchObject({ shareProcessNamespace: true, containers: [{ image: "busybox:2" }] });
    const onNode = await k.tryKubectl("debug node/hollow-0 --image=busybox --profile=sysadmin -- sleep 10");
    const made = /pod (node-debugger-hollow-0-\S+) with/.exec(onNode.stdout + onNode.stderr)?.[1];
    expect((await k.getJson(`pod ${made}`)).spec).toMatchObject({ nodeName: "hollow-0", hostPID: true, containers: [{ securityContext: { privileged: true } }] });
    expect(await k.kubectl("events --for=pod/box --types=Normal")).toContain(`Successfully assigned ${k.namespace}/box to hollow-`);
    expect(await k.kubectl("get events --field-selector=involvedObject.name=box,reason=Scheduled -o name")).toContain("event");
    expect((await k.tryKubectl("patch pod box --type=json -p", '[{"op":"replace","path":"/spec/nodeName","value":"hollow-9"}]')).stderr).toContain("pod updates may not change fields other than");
    await k.kubectl("patch pod box --subresource=resize -p", '{"spec":{"containers":[{"name":"box","resources":{"requests":{"cpu":"1m"}}}]}}').catch((error: Error) => expect(error.message).toMatch(/QOS|QoS|qos/)); // a BestEffort pod stays one
    await k.kubectl(`delete pod box copied ${made} --now --wait=false`);
  });

  test("jobs: waited for, suspended, made of a CronJob", async () => {
    await k.kubectl("create cronjob tick --image=busybox --schedule", "0 0 1 1 *", "--", "true");
    await k.kubectl("create job now --from=cronjob/tick");
    expect((await k.getJson("job now")).metadata.ownerReferences).toMatchObject([{ kind: "CronJob", name: "tick" }]);
    expect(await k.kubectl("get cronjob tick")).toMatch(/tick\s+0 0 1 1 \*\s+<none>\s+False\s+0\s+<none>/);
    await k.kubectl("wait pod -l job-name=now --for=condition=Ready --timeout=30s");
    await k.kubectl("patch job now -p", '{"spec":{"suspend":true}}');
    await k.kubectl("wait job/now --for=condition=Suspended --timeout=30s");
    await k.kubectl("delete cronjob tick --cascade=foreground --timeout=30s");
    expect((await k.tryKubectl("get job now")).stderr).toContain("NotFound");
  });

  test("quotas, limits and budgets show their use", async () => {
    await k.kubectl("create namespace", `${k.namespace}-full`);
    const there = `-n ${k.namespace}-full`;
    await k.kubectl(`create quota few ${there} --hard=pods=1,configmaps=2`);
    await k.kubectl(`run one ${there} --image=busybox`);
    expect((await k.tryKubectl(`run two ${there} --image=busybox`)).stderr).toContain("exceeded quota: few, requested: pods=1, used: pods=1, limited: pods=1");
    expect(await k.kubectl(`describe quota few ${there}`)).toMatch(/configmaps\s+1\s+2\npods\s+1\s+1\n/);
    await k.kubectlWithInput(`apply ${there} -f -`, { apiVersion: "v1", kind: "LimitRange", metadata: { name: "small" }, spec: { limits: [{ type: "Container", default: { cpu: "500m" }, defaultRequest: { cpu: "100m" }, max: { cpu: "1" } }] } });
    expect(await k.kubectl(`describe limits small ${there}`)).toMatch(/Container\s+cpu\s+-\s+1\s+100m\s+500m\s+-/);
    await k.kubectl("delete namespace", `${k.namespace}-full`, "--timeout=60s");
  });
});
