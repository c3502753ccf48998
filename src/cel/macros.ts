import type { Node } from "./ast.ts";
import { absorbed, truth, type Code, type Frame } from "./frame.ts";
import { BuiltMap, CelError, CelMap, fail, typeName, type Value } from "./values.ts";

/** Macros that walk a list or a map (`all`, `exists`, `map`, ...). Each element is paid for before it is looked at. */
export interface Each { slot: number; two: boolean; body: Code; filter: Code | undefined }
export type Run = (frame: Frame, range: Value) => Value;

/** Appending to what a macro makes: the list of one and the call that upstream pays for. */
const appendCost = 12;

/** Calls `visit` for each element until it returns true. Sets the macro's variables before. */
function walk(frame: Frame, range: Value, { slot, two }: Each, visit: (key: Value) => boolean): void {
  frame.spend(2);
  if (Array.isArray(range)) {
    for (let i = 0; i < range.length; i++) {
      frame.spend(2);
      if (two) { frame.slots[slot] = BigInt(i); frame.slots[slot + 1] = range[i] as Value; } else frame.slots[slot] = range[i] as Value;
      if (visit(two ? frame.slots[slot]! : (range[i] as Value))) return;
    }
    return;
  }
  if (!(range instanceof CelMap)) fail(`no such overload: got '${typeName(range)}', expected iterable type`);
  const map = range as CelMap;
  for (const key of map.keys()) {
    const value = two ? map.get(key) : null;
    if (value === undefined) continue;
    frame.spend(2);
    frame.slots[slot] = key;
    if (two) frame.slots[slot + 1] = value;
    if (visit(key)) return;
  }
}

const passes = (frame: Frame, filter: Code | undefined): boolean => !filter || truth(filter(frame));

/** Whether any element decides; an error counts only if none does. */
const decided = (each: Each, by: boolean): Run => (frame, range) => {
  let found = false;
  let error: unknown;
  walk(frame, range, each, () => {
    try { found = truth(each.body(frame)) === by; } catch (thrown) {
      if (!(thrown instanceof CelError)) throw thrown;
      frame.spend(absorbed);
      error ??= thrown;
    }
    return found;
  });
  if (!found && error !== undefined) throw error;
  return found === by;
};

export const folds: Record<Node<"fold">["macro"], (each: Each) => Run> = {
  all: (each) => decided(each, false),
  exists: (each) => decided(each, true),
  existsOne: (each) => (frame, range) => {
    let count = 0;
    walk(frame, range, each, () => { if (truth(each.body(frame))) count++; return false; });
    return count === 1;
  },
  filter: (each) => (frame, range) => {
    const kept: Value[] = [];
    walk(frame, range, each, (element) => { if (truth(each.body(frame))) { frame.spend(appendCost); kept.push(element); } return false; });
    return kept;
  },
  map: (each) => collect(each),
  transformList: (each) => collect(each),
  transformMap: (each) => (frame, range) => {
    const map = new BuiltMap();
    walk(frame, range, each, (key) => { if (passes(frame, each.filter)) { frame.spend(appendCost); map.set(key, each.body(frame)); } return false; });
    return map;
  },
  transformMapEntry: (each) => (frame, range) => {
    const map = new BuiltMap();
    walk(frame, range, each, () => {
      if (!passes(frame, each.filter)) return false;
      const entry = each.body(frame);
      if (!(entry instanceof CelMap) || entry.size !== 1) return fail("transformMapEntry wants maps of one entry") as never;
      frame.spend(appendCost);
      for (const key of entry.keys()) map.set(key, entry.get(key)!);
      return false;
    });
    return map;
  },
};

const collect = (each: Each): Run => (frame, range) => {
  const list: Value[] = [];
  walk(frame, range, each, () => { if (passes(frame, each.filter)) { frame.spend(appendCost); list.push(each.body(frame)); } return false; });
  return list;
};
