import { pathNotFound } from "../../lib/errors.ts";
import type { Call } from "../call.ts";

/** The agent as one file, for machines that are to join. */
export async function serveAsset({ env, path, cluster }: Call): Promise<Response> {
  const name = path.split("/").at(-1)!;
  const asset = await env.ASSETS?.fetch(`${cluster.origin}/${name}`);
  if (!asset || asset.status !== 200) throw pathNotFound();
  return asset;
}
