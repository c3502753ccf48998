import { badRequest } from "../../lib/errors.ts";

/** Where a chunked list goes on: after this key, at this revision; revision -1 means "at the newest" (an inconsistent continuation). */
export interface ContinueToken { revision: number; after: { namespace: string; name: string } }

const VERSION = "isopod/v1";

export function encodeContinue(token: ContinueToken): string {
  const text = JSON.stringify({ v: VERSION, rv: token.revision, start: `${token.after.namespace}/${token.after.name}` });
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Throws 400. */
export function decodeContinue(text: string): ContinueToken {
  const parsed = parse(text);
  if (!parsed) throw refusedContinue("");
  if (parsed.v !== VERSION) throw refusedContinue(": server does not recognize this encoded version");
  if (typeof parsed.rv !== "number" || !Number.isSafeInteger(parsed.rv) || parsed.rv < -1 || parsed.rv === 0) {
    throw refusedContinue(": incorrect encoded start resourceVersion");
  }
  const [namespace, name, ...more] = typeof parsed.start === "string" ? parsed.start.split("/") : [];
  if (namespace === undefined || !name || more.length > 0) throw refusedContinue(": encoded start key is malformed");
  return { revision: parsed.rv, after: { namespace, name } };
}

export const refusedContinue = (why: string) => badRequest(`invalid continue token: continue key is not valid${why}`);

function parse(text: string): { v?: unknown; rv?: unknown; start?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(atob(text.replaceAll("-", "+").replaceAll("_", "/")));
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
