import { build } from "esbuild";
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { run } from "./process.ts";

export const ROOT = join(import.meta.dirname, "..");
export const WORKER_BUNDLE = join(ROOT, "dist", "worker", "worker.js");
/** What the Worker serves as static files. */
export const ASSETS_DIR = join(ROOT, "dist", "assets");
export const AGENT_BUNDLE = join(ASSETS_DIR, "agent.mjs");

/** The Worker as `wrangler deploy` would ship it, made again only when a source is newer. */
export function bundleWorker(): void {
  if (isFresh(WORKER_BUNDLE, ["src", "protocol", "facts", "wrangler.toml", "package-lock.json"])) return;
  mkdirSync(ASSETS_DIR, { recursive: true }); // wrangler insists on it, and a control plane alone needs no agent in it
  run(join(ROOT, "node_modules", ".bin", "wrangler"), ["deploy", "--dry-run", "--outdir", join(ROOT, "dist", "worker"), "--config", join(ROOT, "wrangler.toml")]);
}

/** The agent as one file for Node 20 or later. */
export async function bundleAgent(): Promise<void> {
  if (isFresh(AGENT_BUNDLE, ["agent", "protocol", "src/kinds", "facts", "package-lock.json"])) return;
  mkdirSync(ASSETS_DIR, { recursive: true });
  await build({
    entryPoints: [join(ROOT, "agent", "main.ts")],
    outfile: AGENT_BUNDLE,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    minifySyntax: true,
    // CommonJS packages inside an ES module still ask for require().
    banner: { js: `import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);` },
    logLevel: "warning",
  });
}

function isFresh(output: string, sources: readonly string[]): boolean {
  return existsSync(output) && Math.max(...sources.map((source) => newestMs(join(ROOT, source)))) < statSync(output).mtimeMs;
}

function newestMs(path: string): number {
  if (!existsSync(path)) return 0;
  const own = statSync(path);
  if (!own.isDirectory()) return own.mtimeMs;
  return Math.max(own.mtimeMs, ...readdirSync(path).map((name) => newestMs(join(path, name))));
}

// `node cli/bundle.ts agent`: what wrangler ships beside the Worker must be there before it looks.
if (import.meta.main && process.argv[2] === "agent") await bundleAgent();
