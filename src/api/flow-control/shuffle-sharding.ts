/**
 * Shuffle sharding: a flow's hash deals it a hand of queues, so that two flows rarely share all of theirs and one that
 * floods its own leaves most others a queue without it.
 */

/** 53 bits, of a flow schema's name and the flow's distinguisher. cyrb53, which is public domain. */
export function flowHash(schema: string, distinguisher: string): number {
  let h1 = 0xdeadbeef;
  let h2 = 0x41c6ce57;
  for (const text of [schema, "\u0000", distinguisher]) {
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      h1 = Math.imul(h1 ^ code, 2654435761);
      h2 = Math.imul(h2 ^ code, 1597334677);
    }
  }
  h1 = Math.imul(h1 ^ (h1 >>> 16), 2246822507) ^ Math.imul(h2 ^ (h2 >>> 13), 3266489909);
  h2 = Math.imul(h2 ^ (h2 >>> 16), 2246822507) ^ Math.imul(h1 ^ (h1 >>> 13), 3266489909);
  return 4294967296 * (2097151 & h2) + (h1 >>> 0);
}

/** `handSize` different queues out of `deckSize`, by the hash's digits in falling bases. */
export function deal(hash: number, deckSize: number, handSize: number): number[] {
  const hand: number[] = [];
  let rest = hash;
  for (let i = 0; i < Math.min(handSize, deckSize); i++) {
    const base = deckSize - i;
    let card = rest % base;
    rest = Math.floor(rest / base);
    // Cards that are dealt already are stepped over, lowest first.
    for (const taken of [...hand].sort((a, b) => a - b)) if (card >= taken) card++;
    hand.push(card);
  }
  return hand;
}
