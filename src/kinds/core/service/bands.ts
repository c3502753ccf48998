/**
 * Addresses and node ports are given out from the upper part of their range as long as there are some, so that well-known
 * ones of the lower part can be asked for (KEP-3070, KEP-3668).
 */
export interface Bands { size: number; reserved: number }

/** How many random tries before the range is walked. */
const TRIES = 16;
const RESERVED_MIN = 16;

/** Of a small range nothing is kept back. */
export const reservedOf = (size: number, step: number, max: number): number =>
  (size <= RESERVED_MIN ? 0 : Math.min(Math.max(RESERVED_MIN, Math.floor(size / step)), max));

/** Offsets to try: some at random from the upper part, then that part from a random place on, then the lower part. */
export function* dynamicFirst({ size, reserved }: Bands, random: () => number): Iterable<number> {
  const width = size - reserved;
  if (width > 0) {
    for (let i = 0; i < TRIES; i++) yield reserved + Math.floor(random() * width);
    const start = Math.floor(random() * width);
    for (let i = 0; i < width; i++) yield reserved + ((start + i) % width);
  }
  for (let offset = 0; offset < Math.min(reserved, size); offset++) yield offset;
}
