/** Upstream's order of versions: GA before beta before alpha, higher numbers first, then everything else by name. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [rank(a), rank(b)];
  if (!left || !right) return left ? -1 : right ? 1 : a < b ? -1 : a > b ? 1 : 0;
  return right.stability - left.stability || right.major - left.major || right.minor - left.minor;
}

function rank(version: string): { stability: number; major: number; minor: number } | undefined {
  const match = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/.exec(version);
  if (!match) return undefined;
  return { stability: match[2] === undefined ? 2 : match[2] === "beta" ? 1 : 0, major: Number(match[1]), minor: Number(match[3] ?? 0) };
}
