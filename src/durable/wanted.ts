import type { RowConversion } from "../api/registry.ts";

/**
 * Stands among the texts of a list or of initial events where rows have to be converted by a webhook before it goes on.
 * Whoever takes the texts has that done: now, within a run that may be suspended, or ahead of the next text.
 */
export class Wanted {
  readonly rows: Parameters<RowConversion["make"]>[0];
  constructor(rows: Wanted["rows"]) { this.rows = rows; }
}

export type Texts = Iterator<string> | AsyncIterator<string>;

export function* convertedNow(texts: Iterable<string | Wanted>, conversion: RowConversion | undefined): Generator<string> {
  for (const text of texts) {
    if (typeof text === "string") yield text;
    else conversion!.make(text.rows);
  }
}

export async function* convertedAhead(texts: Iterable<string | Wanted>, make: (rows: Wanted["rows"]) => Promise<void>): AsyncGenerator<string> {
  for (const text of texts) {
    if (typeof text === "string") yield text;
    else await make(text.rows);
  }
}

/** What a webhook refuses at once is an error of the whole answer, and no broken stream: so much is asked for ahead. */
const AHEAD = 2;

export async function begun(texts: AsyncGenerator<string>): Promise<AsyncGenerator<string>> {
  const first: string[] = [];
  let next = await texts.next();
  for (; !next.done && first.length < AHEAD; next = await texts.next()) first.push(next.value);
  return (async function* () {
    yield* first;
    if (next.done) return;
    yield next.value;
    yield* texts;
  })();
}

/** Rows of one call of a webhook. */
const ROWS = 128;
const CHARACTERS = 1_000_000;

/** The next rows, not more than one call may carry; `complete`: there are no others. */
export function batch<R extends { json: string }>(rows: Iterable<R>): { rows: R[]; complete: boolean } {
  const taken: R[] = [];
  let characters = 0;
  for (const row of rows) {
    characters += taken.push(row) && row.json.length;
    if (taken.length === ROWS || characters > CHARACTERS) return { rows: taken, complete: false };
  }
  return { rows: taken, complete: true };
}
