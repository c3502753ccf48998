/** Where a proxied server's own paths are seen by the client. */
export interface ProxyPlace {
  /** Path of the proxy itself, without a slash at its end; may be empty. */
  prefix: string;
  /** By which names the server may call itself: `10.0.0.1:80`. */
  hosts: readonly string[];
}

/**
 * A URL of a redirect or a page, led back below the proxy: one of the same host that names its root. As upstream's proxy
 * transport, relative URLs and those of other hosts stay as they are.
 */
export function belowProxy(url: string, { prefix, hosts }: ProxyPlace): string {
  const match = /^(?:(?:https?:)?\/\/([^/?#]*))?(\/.*)?$/is.exec(url);
  if (!match) return url;
  const [, host, path] = match;
  if (path === undefined || (host !== undefined && !hosts.includes(host))) return url;
  return path.startsWith(`${prefix}/`) ? path : prefix + path;
}
