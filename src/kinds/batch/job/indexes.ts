/** Completion indexes as status writes them: `1,3-5,7`. */
export function parseIndexes(text: string | undefined, below = Infinity): Set<number> {
  const indexes = new Set<number>();
  for (const part of text ? text.split(",") : []) {
    const [first, last = first] = part.split("-").map(Number);
    for (let i = first!; i <= last! && i < below; i++) indexes.add(i);
  }
  return indexes;
}

export function formatIndexes(indexes: Iterable<number>): string {
  const parts: string[] = [];
  let first: number | undefined;
  let last = -1;
  const close = () => {
    if (first !== undefined) parts.push(first === last ? `${first}` : last === first + 1 ? `${first},${last}` : `${first}-${last}`);
  };
  for (const index of [...indexes].sort((a, b) => a - b)) {
    if (first !== undefined && index === last + 1) last = index;
    else {
      close();
      first = last = index;
    }
  }
  close();
  return parts.join(",");
}

/** Upstream's check of a user's list: ascending intervals, all below the number of completions. Returns how many, or throws with its text. */
export function countIndexes(text: string, completions: number): number {
  let total = 0;
  let last = -1;
  for (const part of text.split(",")) {
    const bounds = part.split("-");
    if (bounds.length > 2) throw new Error(`the fragment "${part}" violates the requirement that an index interval can have at most two parts separated by '-'`);
    const [first, end = first] = bounds.map((bound) => whole(bound, part));
    if (last >= first!) throw new Error(`non-increasing order, previous: ${last}, current: ${first}`);
    if (end! < first!) throw new Error(`non-increasing order, previous: ${first}, current: ${end}`);
    if (bounds.length === 2 && end === first) throw new Error(`non-increasing order, previous: ${first}, current: ${end}`);
    if (end! >= completions) throw new Error(`too large index: "${end}"`);
    total += end! - first! + 1;
    last = end!;
  }
  return total;
}

function whole(text: string, part: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new Error(`cannot convert string to integer for index: "${text || part}"`);
  return Number(text);
}
