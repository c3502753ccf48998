/**
 * Regular expressions in time linear in the text: RE2's syntax and program by its port, which answers only whether there
 * is a match. Where it is, is found here by running the same program as Pike does.
 */
import { RE2JS } from "@bufbuild/re2";
import { CelError } from "./values.ts";

const compiled = new Map<string, RE2JS>();
const compiledMax = 200;
/** Of a pattern's text, where a class of Unicode counts for the hundreds of ranges that it stands for. */
const sizeMax = 5_000;
const unicodeClassSize = 100;

export function regex(pattern: string): RE2JS {
  let result = compiled.get(pattern);
  if (!result) {
    if (sizeOf(pattern) > sizeMax) throw new CelError("error parsing regexp: expression too large");
    try { result = RE2JS.compile(pattern); } catch (error) { throw new CelError((error as Error).message); }
    if (compiled.size >= compiledMax) compiled.delete(compiled.keys().next().value!);
    compiled.set(pattern, result);
  }
  return result;
}

const sizeOf = (pattern: string): number => (pattern.length > sizeMax ? Infinity : pattern.length + unicodeClassSize * (pattern.match(/\\[pP]/g)?.length ?? 0));

/** Instructions times characters: time is linear in the text, but a pattern may have thousands of instructions. */
const matchStepsMax = 5_000_000;

export function matches(text: string, pattern: string): boolean {
  const program = regex(pattern);
  const { prog } = program.re2() as unknown as { prog: Program };
  if (prog.inst.length * text.length > matchStepsMax) throw new CelError("regular expression takes too many steps");
  return program.test(text);
}

/** About 20 ms of work. */
export const stepsMax = 500_000;

export interface Found { start: number; end: number }

/** The leftmost match at or after an offset, preferring earlier alternatives, as Go does. */
export function find(pattern: RE2JS, text: string, from: number, effort: { steps: number } = { steps: stepsMax }): Found | undefined {
  const { prog } = pattern.re2() as unknown as { prog: Program };
  let current = new Threads(prog);
  let next = new Threads(prog);
  let found: Found | undefined;
  for (let at = from; ; ) {
    const code = at < text.length ? text.codePointAt(at)! : -1;
    if ((effort.steps -= 1 + current.list.length) < 0) throw new CelError("regular expression takes too many steps");
    if (!found) current.add(prog.start, at, { text, at });
    for (const thread of current.list) {
      const inst = prog.inst[thread.pc]!;
      if (inst.op === opMatch) { found = { start: thread.start, end: at }; break; }
      if (code >= 0 && inst.matchRune(code)) next.add(inst.out, thread.start, { text, at: at + (code > 0xffff ? 2 : 1) });
    }
    if (code < 0 || (found && next.list.length === 0)) return found;
    at += code > 0xffff ? 2 : 1;
    [current, next] = [next, current];
    next.clear();
  }
}

/** The numbers of RE2's instructions. */
const opAlt = 1, opAltMatch = 2, opCapture = 3, opEmptyWidth = 4, opFail = 5, opMatch = 6, opNop = 7;
interface Instruction { op: number; out: number; arg: number; matchRune(code: number): boolean }
interface Program { start: number; inst: Instruction[] }

class Threads {
  list: { pc: number; start: number }[] = [];
  readonly #seen: Uint8Array;
  readonly #prog: Program;
  constructor(prog: Program) { this.#prog = prog; this.#seen = new Uint8Array(prog.inst.length); }
  clear(): void { this.list = []; this.#seen.fill(0); }

  add(start: number, from: number, where: { text: string; at: number }): void {
    const stack = [start];
    for (let pc = stack.pop(); pc !== undefined; pc = stack.pop()) {
      if (this.#seen[pc]) continue;
      this.#seen[pc] = 1;
      const inst = this.#prog.inst[pc]!;
      if (inst.op === opAlt || inst.op === opAltMatch) stack.push(inst.arg, inst.out);
      else if (inst.op === opCapture || inst.op === opNop) stack.push(inst.out);
      else if (inst.op === opEmptyWidth) { if ((inst.arg & ~emptyFlags(where)) === 0) stack.push(inst.out); }
      else if (inst.op !== opFail) this.list.push({ pc, start: from });
    }
  }
}

/** Which of ^ $ \A \z \b \B hold between two characters. */
function emptyFlags({ text, at }: { text: string; at: number }): number {
  const before = text[at - 1], after = text[at];
  let flags = 0;
  if (before === undefined) flags |= 1 | 4;
  else if (before === "\n") flags |= 1;
  if (after === undefined) flags |= 2 | 8;
  else if (after === "\n") flags |= 2;
  const isWord = (c: string | undefined) => c !== undefined && /\w/.test(c);
  return flags | (isWord(before) === isWord(after) ? 32 : 16);
}
