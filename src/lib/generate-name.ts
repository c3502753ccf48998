/** Upstream's alphabet: no vowels and no look-alikes, so that no words come out. */
const alphabet = "bcdfghjklmnpqrstvwxz2456789";
const SUFFIX_LENGTH = 5;
const NAME_LENGTH_MAX = 63;

export function randomSuffix(random: () => number, length = SUFFIX_LENGTH): string {
  let suffix = "";
  for (let i = 0; i < length; i++) suffix += alphabet[Math.floor(random() * alphabet.length)];
  return suffix;
}

/** The name for a generateName: cut so that the whole fits into 63 characters. */
export const generateName = (base: string, random: () => number): string =>
  base.slice(0, NAME_LENGTH_MAX - SUFFIX_LENGTH) + randomSuffix(random);
