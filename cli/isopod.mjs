#!/usr/bin/env node
// The command as installed: brings in the Node that the packages contain, which runs the TypeScript.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
process.exit(spawnSync(process.execPath, [join(import.meta.dirname, "..", "scripts", "setup.mjs"), "cli/main.ts", ...process.argv.slice(2)], { stdio: "inherit" }).status ?? 1);
