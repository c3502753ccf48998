import type { Write } from "./write-context.ts";

/** Carries the answer of a dry run out of the savepoint that undoes everything. */
class Undo extends Error {
  readonly result: unknown;
  constructor(result: unknown) {
    super("dry run");
    this.result = result;
  }
}

/** Runs a write; a dry run goes the whole way and is then undone, with whatever kinds and plugins wrote besides. */
export function atomically<R>(write: Write, run: () => R): R {
  if (!write.dryRun) return run();
  try {
    write.tx.stx.savepoint<never>(() => { throw new Undo(run()); });
  } catch (error) {
    if (error instanceof Undo) return error.result as R;
    throw error;
  }
  throw new Error("unreachable");
}
