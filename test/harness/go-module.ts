import { spawnSync } from "node:child_process";

/** Where a Go module lies that holds files of upstream's, or why it cannot be had. */
export function goModule(module: string): string | { reason: string } {
  const run = spawnSync("go", ["mod", "download", "-json", module], { encoding: "utf8", cwd: import.meta.dirname, timeout: 60_000 });
  if (run.error) return { reason: "Go is not installed" };
  if (run.status !== 0) return { reason: `go mod download ${module} failed` };
  return (JSON.parse(run.stdout) as { Dir: string }).Dir;
}
