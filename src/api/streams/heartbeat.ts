/** Clients of JSON watches read a blank line as nothing; a client that is gone is found out by it. */
export const HEARTBEAT_MS = 10_000;
const NEWLINE = 10;

type Next = () => Promise<Uint8Array | undefined>;

/** The same chunks, and a blank line whenever nothing comes for a while after a whole line. */
export function withHeartbeat(next: Next): Next {
  let coming: Promise<Uint8Array | undefined> | undefined;
  let atLineEnd = true;
  return async () => {
    coming ??= next();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const beat = new Promise<"beat">((resolve) => { if (atLineEnd) timer = setTimeout(() => resolve("beat"), HEARTBEAT_MS); });
    try {
      const first = await Promise.race([coming, beat]);
      if (first === "beat") return Uint8Array.of(NEWLINE);
      coming = undefined;
      if (first) atLineEnd = first.at(-1) === NEWLINE;
      return first;
    } finally {
      clearTimeout(timer);
    }
  };
}
