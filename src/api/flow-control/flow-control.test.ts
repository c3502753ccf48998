import { describe, expect, test } from "vitest";
import { defaultFlowSchemas, defaultPriorityLevels } from "../../kinds/flowcontrol/default-configuration.ts";
import type { UserInfo } from "../../kinds/kind.ts";
import type { FlowSchema, PriorityLevelConfiguration } from "../../kinds/types/flowcontrol-v1.generated.ts";
import { allocate } from "./allocation.ts";
import { compileSchemas } from "./classify.ts";
import { FlowControl, SERVER_SEATS, type Entry, type Seat } from "./flow-control.ts";
import { deal, flowHash } from "./shuffle-sharding.ts";

const authenticated = (username: string, ...groups: string[]): UserInfo => ({ username, groups: [...groups, "system:authenticated"] });
const pods = (verb: string, namespace?: string) => ({ verb, group: "", resource: "pods", ...(namespace && { namespace }) });

class World {
  nowMs = 1_000_000;
  schemas = [...defaultFlowSchemas];
  levels = [...defaultPriorityLevels];
  readonly control = new FlowControl({
    nowMs: () => this.nowMs,
    pause: () => new Promise((resolve) => setImmediate(resolve)),
    configuration: () => ({ schemas: this.schemas, levels: this.levels }),
  });

  enter(user: UserInfo, entry: Partial<Entry> = {}): Seat | Promise<Seat> {
    return this.control.enter({ user, asked: pods("create", "default"), seats: () => 1, bytes: 0, about: "", ...entry });
  }

  /** Keeps entering until one has to wait or is refused. */
  fill(user: UserInfo, entry?: Partial<Entry>): { seats: Seat[]; last: Seat | Promise<Seat> } {
    const seats: Seat[] = [];
    for (;;) {
      const last = this.enter(user, entry);
      if (last instanceof Promise || last.refused) return { seats, last };
      seats.push(last);
    }
  }

  add(level: PriorityLevelConfiguration, schema: FlowSchema): void {
    this.levels.push(level);
    this.schemas.push(schema);
    this.control.changed();
  }

  level(name: string) { return this.control.levels().find(({ level }) => level.name === name)!.level; }
}

const aLevel = (name: string, limited: Record<string, unknown>): PriorityLevelConfiguration =>
  ({ apiVersion: "flowcontrol.apiserver.k8s.io/v1", kind: "PriorityLevelConfiguration", metadata: { name, uid: `uid-${name}` }, spec: { type: "Limited", limited: { nominalConcurrencyShares: 10, lendablePercent: 0, ...limited } as never } });
const aSchema = (name: string, level: string, users: string[], spec: Partial<FlowSchema["spec"]> = {}): FlowSchema => ({
  apiVersion: "flowcontrol.apiserver.k8s.io/v1", kind: "FlowSchema", metadata: { name, uid: `uid-${name}` },
  spec: {
    matchingPrecedence: 1000, priorityLevelConfiguration: { name: level }, distinguisherMethod: { type: "ByUser" },
    rules: [{ subjects: users.map((user) => ({ kind: "User", user: { name: user } })), resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"], namespaces: ["*"], clusterScope: true }] }],
    ...spec,
  } as FlowSchema["spec"],
});
const queue = (queues: number, handSize: number, queueLengthLimit: number) => ({ limitResponse: { type: "Queue", queuing: { queues, handSize, queueLengthLimit } } });

describe("classification", () => {
  const schemas = compileSchemas(defaultFlowSchemas);
  const nameOf = (user: UserInfo, asked: Parameters<(typeof schemas)[number]["matches"]>[1]) => schemas.find((schema) => schema.matches(user, asked))?.name;
  const lease = (verb: string) => ({ verb, group: "coordination.k8s.io", resource: "leases", namespace: "kube-node-lease" });
  test.each([
    ["an administrator is exempt", authenticated("root", "system:masters"), pods("list"), "exempt"],
    ["probes are exempt for anybody", { username: "system:anonymous", groups: ["system:unauthenticated"] }, { verb: "get", path: "/livez/ping" }, "probes"],
    ["but only reading them", authenticated("jane"), { verb: "post", path: "/livez" }, "global-default"],
    ["a node's lease comes before its pods", authenticated("system:node:a", "system:nodes"), lease("update"), "system-node-high"],
    ["a node's status is its own resource", authenticated("system:node:a", "system:nodes"), { verb: "patch", group: "", resource: "nodes", subresource: "status" }, "system-node-high"],
    ["other things of a node", authenticated("system:node:a", "system:nodes"), pods("get", "x"), "system-nodes"],
    ["leader election of a system account", authenticated("system:serviceaccount:kube-system:x", "system:serviceaccounts"), lease("update"), "system-leader-election"],
    ["leases are not elected by deleting them", authenticated("system:serviceaccount:kube-system:x", "system:serviceaccounts"), lease("delete"), "kube-system-service-accounts"],
    ["an ordinary service account", authenticated("system:serviceaccount:kube-systems:x", "system:serviceaccounts"), pods("get", "a"), "service-accounts"],
    ["anybody else", authenticated("jane"), pods("get"), "global-default"],
  ] as const)("%s", (_name, user, asked, schema) => expect(nameOf(user as UserInfo, asked)).toBe(schema));

  test("a rule without clusterScope does not reach what is in no namespace", () => {
    const [schema] = compileSchemas([aSchema("a", "x", ["jane"], { rules: [{ subjects: [{ kind: "User", user: { name: "*" } }], resourceRules: [{ verbs: ["get"], apiGroups: [""], resources: ["pods"], namespaces: ["a"] }] }] })]);
    expect([pods("get", "a"), pods("get", "b"), pods("get"), pods("list", "a")].map((asked) => schema!.matches(authenticated("x"), asked))).toEqual([true, false, false, false]);
  });

  test("what nothing matches, and what names a level that is not there, falls to the catch-all", async () => {
    const world = new World();
    world.schemas = [aSchema("dangling", "nowhere", ["jane"])];
    expect((await world.enter(authenticated("jane"))).schema.name).toBe("catch-all");
    expect((await world.enter({ username: "nobody", groups: [] })).level.name).toBe("catch-all");
  });
});

describe("seats", () => {
  test("levels share the server by their shares, and lend at first half of what they may", () => {
    const world = new World();
    const limits = Object.fromEntries(world.control.levels().map(({ level }) => [level.name, level.limits]));
    expect(limits["workload-low"]).toEqual({ nominal: Math.ceil(SERVER_SEATS * 100 / 245), min: 105 - Math.round(105 * 0.9), max: 105 + SERVER_SEATS });
    expect(limits["catch-all"]).toEqual({ nominal: 6, min: 6, max: 6 + SERVER_SEATS });
    expect(world.level("exempt").limits.nominal).toBe(0);
  });

  test("an exempt user is never kept waiting, whatever others do", async () => {
    const world = new World();
    world.fill(authenticated("jane"));
    for (let i = 0; i < 1000; i++) expect(world.enter(authenticated("root", "system:masters"))).not.toBeInstanceOf(Promise);
  });

  test("a level that rejects refuses at once, and says when to come back; seats given back are used again", async () => {
    const world = new World();
    world.add(aLevel("strict", { limitResponse: { type: "Reject" } }), aSchema("strict", "strict", ["jane"]));
    const { seats, last } = world.fill(authenticated("jane"));
    expect(seats.length).toBe(world.level("strict").limits.nominal);
    expect((last as Seat).refused).toEqual({ reason: "concurrency-limit", retryAfterSeconds: 1 });
    seats[0]!.leave();
    seats[0]!.leave();
    expect((world.enter(authenticated("jane")) as Seat).refused).toBeUndefined();
    expect((world.enter(authenticated("jane")) as Seat).refused).toBeDefined();
  });

  test("a queue that is full refuses, and waiting ends in time", async () => {
    const world = new World();
    world.add(aLevel("queued", { borrowingLimitPercent: 0, ...queue(1, 1, 3) }), aSchema("queued", "queued", ["jane"]));
    world.fill(authenticated("jane"));
    const waiting = [world.enter(authenticated("jane")), world.enter(authenticated("jane"), { timeoutMs: 400_000 })];
    expect((world.enter(authenticated("jane")) as Seat).refused?.reason).toBe("queue-full");
    world.nowMs += 15_001;
    expect((await waiting[0]!).refused?.reason).toBe("time-out");
    world.nowMs += 60_000;
    expect((await waiting[1]!).refused?.reason).toBe("time-out");
    expect(world.level("queued")).toMatchObject({ rejected: 4, timedOut: 3 });
  });

  test("bodies that wait are bounded together", async () => {
    const world = new World();
    world.add(aLevel("queued", queue(1, 1, 1000)), aSchema("queued", "queued", ["jane"]));
    world.fill(authenticated("jane"));
    let waiting = 0;
    for (; waiting < 100 && world.enter(authenticated("jane"), { bytes: 3_000_000 }) instanceof Promise;) waiting++;
    expect(waiting).toBe(11);
  });

  test("a request for many seats waits until they are free, and one for more than there are runs alone", async () => {
    const world = new World();
    world.add(aLevel("queued", queue(1, 1, 50)), aSchema("queued", "queued", ["jane"]));
    const { nominal } = world.level("queued").limits;
    const first = world.enter(authenticated("jane"), { seats: () => nominal - 1 }) as Seat;
    const second = world.enter(authenticated("jane"), { seats: () => 2 });
    expect(second).toBeInstanceOf(Promise);
    first.leave();
    (await second).leave();
    const huge = world.enter(authenticated("jane"), { seats: () => 10 * nominal }) as Seat;
    expect(world.enter(authenticated("jane"))).toBeInstanceOf(Promise);
    huge.leave();
  });

  test("a level that is gone lets its requests finish", async () => {
    const world = new World();
    world.add(aLevel("queued", queue(1, 1, 50)), aSchema("queued", "queued", ["jane"]));
    const { seats, last } = world.fill(authenticated("jane"));
    world.levels.pop();
    world.control.changed();
    expect((world.enter(authenticated("jane")) as Seat).level.name).toBe("global-default");
    for (const seat of seats) seat.leave();
    (await last).leave();
    world.control.changed();
    expect(world.control.levels().some(({ level }) => level.name === "queued")).toBe(false);
  });

  test("being refused again and again makes the wait longer, and calm makes it shorter", async () => {
    const world = new World();
    world.add(aLevel("strict", { borrowingLimitPercent: 0, limitResponse: { type: "Reject" } }), aSchema("strict", "strict", ["jane"]));
    world.fill(authenticated("jane"));
    const told: number[] = [];
    for (let second = 0; second < 8; second++, world.nowMs += 1000) for (let i = 0; i < 50; i++) told.push((world.enter(authenticated("jane")) as Seat).refused!.retryAfterSeconds);
    expect([told[0], Math.max(...told)]).toEqual([1, 8]);
    for (let second = 0; second < 200; second += 5, world.nowMs += 5000) told.push((world.enter(authenticated("jane")) as Seat).refused!.retryAfterSeconds);
    expect(told.at(-1)).toBeLessThan(8);
  });
});

describe("fairness", () => {
  /** Each user keeps so many requests in flight; each takes `ms`. How many of each were served in `rounds`? */
  async function serve(world: World, users: Record<string, number>, rounds: number, ms: number): Promise<Record<string, number>> {
    const served: Record<string, number> = {};
    let executing: { user: string; seat: Seat }[] = [];
    const ask = (user: string) => {
      const seat = world.enter(authenticated(user));
      if (seat instanceof Promise) void seat.then((given) => { if (!given.refused) executing.push({ user, seat: given }); });
      else if (!seat.refused) executing.push({ user, seat });
    };
    for (const [user, count] of Object.entries(users)) for (let i = 0; i < count; i++) ask(user);
    for (let round = 0; round < rounds; round++) {
      world.nowMs += ms;
      const done = executing;
      executing = [];
      for (const { user, seat } of done) {
        served[user] = (served[user] ?? 0) + 1;
        seat.leave();
      }
      for (const { user } of done) ask(user);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return served;
  }

  test("a user with a few requests is served as if the one who floods were one like him", async () => {
    const world = new World();
    world.add(aLevel("shared", { borrowingLimitPercent: 0, ...queue(64, 6, 50) }), aSchema("shared", "shared", ["flood", "quiet"]));
    const { nominal } = world.level("shared").limits;
    const served = await serve(world, { flood: 150, quiet: 4 }, 50, 5);
    expect(served.quiet).toBeGreaterThan(4 * 50 * 0.45); // seats that become free go to whoever waits already: one round of waiting for each
    expect(served.flood! + served.quiet!).toBeGreaterThan(nominal * 45);
  });

  test("two that flood get the same", async () => {
    const world = new World();
    world.add(aLevel("shared", { borrowingLimitPercent: 0, ...queue(64, 6, 50) }), aSchema("shared", "shared", ["flood", "other"]));
    const served = await serve(world, { flood: 250, other: 50 }, 100, 5);
    expect(served.flood! / served.other!).toBeGreaterThan(0.8);
    expect(served.flood! / served.other!).toBeLessThan(1.25);
  });

  test("a level that is alone borrows what others lend, and they get theirs when they want it", async () => {
    const world = new World();
    world.fill(authenticated("jane"));
    const { nominal } = world.level("global-default").limits;
    world.nowMs += 10_001;
    world.enter(authenticated("jane"));
    const borrowed = world.level("global-default").current;
    expect(borrowed).toBeGreaterThan(nominal * 1.5);

    const low = world.level("workload-low");
    const lent = low.current;
    for (let i = 0; i < 10; i++) {
      world.fill(authenticated("system:serviceaccount:a:b", "system:serviceaccounts"));
      world.nowMs += 10_001;
      world.enter(authenticated("jane"));
    }
    expect(lent).toBeLessThan(low.limits.nominal / 2);
    expect(low.current).toBeGreaterThan(low.limits.nominal * 0.75);
    const limited = world.control.levels().filter(({ level }) => !level.exempt);
    expect(limited.reduce((sum, { level }) => sum + level.current, 0)).toBeLessThanOrEqual(SERVER_SEATS + limited.length);
  });
});

test("a hand has different queues, the same for the same flow, and covers the deck", () => {
  const seen = new Set<number>();
  for (let i = 0; i < 500; i++) {
    const hand = deal(flowHash("schema", `user-${i}`), 128, 6);
    expect(new Set(hand).size).toBe(6);
    expect(hand).toEqual(deal(flowHash("schema", `user-${i}`), 128, 6));
    for (const card of hand) seen.add(card);
  }
  expect(seen.size).toBe(128);
  expect(Math.min(...seen)).toBe(0);
  expect(Math.max(...seen)).toBe(127);
  expect(deal(flowHash("a", "b"), 3, 3).sort()).toEqual([0, 1, 2]);
});

test("an allocation keeps bounds, sums up, and is in proportion where it may be", () => {
  const free = allocate(100, [{ low: 0, high: 100, target: 30 }, { low: 0, high: 100, target: 10 }]);
  expect(free.seats.map(Math.round)).toEqual([75, 25]);
  const bound = allocate(100, [{ low: 0, high: 20, target: 30 }, { low: 50, high: 60, target: 50 }, { low: 0, high: 100, target: 1 }]);
  expect(bound.seats.map(Math.round)).toEqual([20, 60, 20]);
});
