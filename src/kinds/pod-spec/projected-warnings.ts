import type { KeyToPath, Volume } from "../types/core-v1.generated.ts";

/** Files of projected volumes that a service account's token is going to hide. */
export function tokenPathWarnings(volumes: readonly Volume[], path: string): string[] {
  const tokens = new Set(volumes.flatMap(({ projected }) => (projected?.sources ?? []).flatMap(({ serviceAccountToken: token }) => (token ? [token.path] : []))));
  if (tokens.size === 0) return [];
  const warnings: string[] = [];
  volumes.forEach(({ projected }, i) => {
    const at = `${path}[${i}].projected.sources`;
    const note = (where: string, file: string | undefined) => {
      if (file !== undefined && tokens.has(file)) warnings.push(`${at}.${where}: has duplicated path with ServiceAccountToken ${JSON.stringify(file)}`);
    };
    for (const { configMap, secret, downwardAPI, clusterTrustBundle } of projected?.sources ?? []) {
      const lists: [string, readonly Pick<KeyToPath, "path">[] | undefined][] = [["configMap", configMap?.items], ["secrets", secret?.items], ["downwardAPI", downwardAPI?.items]];
      for (const [name, items] of lists) items?.forEach((item, j) => note(`${name}[${j}]`, item.path));
      note("ClusterTrustBundle", clusterTrustBundle?.path);
    }
  });
  return warnings;
}
