import { describe, expect, test } from "vitest";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";

// The architecture as tests: docs/ARCHITECTURE.md says the same in words.

const ROOT = join(import.meta.dirname, "..");
const CODE_FOLDERS = ["src", "agent", "cli", "protocol", "scripts", "bench", "test"];

/** What files below a folder may import from elsewhere in the project. The longest matching folder decides. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  "src/lib": [],
  "src/cel": ["src/lib", "src/kinds/values", "src/kinds/schema.ts"],
  "src/kinds": ["src/lib", "src/cel", "protocol", "facts", "src/controllers/controller.ts", "src/controllers/ownership.ts", "src/controllers/pace.ts"],
  "src/admission": ["src/kinds", "src/cel", "src/lib", "src/api/decode", "src/api/patch", "src/api/metrics/families.ts"],
  "src/auth": ["src/kinds", "src/lib", "src/api/request.ts", "src/api/cluster-stub.ts"],
  "src/scheduler": ["src/kinds", "src/lib", "src/controllers/controller.ts"],
  "src/controllers": ["src/kinds", "src/lib", "src/scheduler"],
  "src/api": ["src/kinds", "src/admission", "src/auth", "src/lib", "protocol", "src/durable/store.ts"],
  "src/api/app.ts": ["src/kinds", "src/auth", "src/lib", "src/platform", "protocol"],
  "src/platform": ["src/lib", "src/auth", "src/api/cluster-stub.ts"],
  "src/durable": ["src", "protocol"],
  "src/worker.ts": ["src"],
  agent: ["src/kinds", "src/lib", "protocol"],
  cli: ["agent", "protocol", "scripts/busybox-image.ts"],
  scripts: ["src", "agent", "cli", "protocol", "facts"],
  bench: ["src", "agent", "cli", "protocol", "test", "scripts"],
  test: ["src", "agent", "cli", "protocol", "scripts", "bench", "facts"],
};

const FORBIDDEN_NAMES = /(^|[/-])(utils?|helpers?|common|manager|base|misc)(\.|-|\/|$)/;
const LINES_MAX = 400;

const files = CODE_FOLDERS.flatMap((folder) => walk(join(ROOT, folder))).map((path) => relative(ROOT, path)).filter((path) => /\.(ts|tsx|mjs)$/.test(path) && !path.includes(".generated."));
const text = (file: string) => readFileSync(join(ROOT, file), "utf8");
const isTest = (file: string) => file.endsWith(".test.ts") || file.startsWith("test/");

test("imports go only in the directions that the architecture allows", () => {
  const wrong = files.filter((file) => !isTest(file)).flatMap((file) => {
    const rule = Object.keys(MAY_IMPORT).filter((folder) => isBelow(file, folder)).sort((a, b) => b.length - a.length)[0];
    const own = file.startsWith("src/") ? file.split("/").slice(0, 2).join("/") : file.split("/")[0]!;
    return importsOf(file).filter((target) => !isBelow(target, own) && !MAY_IMPORT[rule ?? ""]?.some((allowed) => isBelow(target, allowed))).map((target) => `${file} imports ${target}`);
  });
  expect(wrong).toEqual([]);
});

test("controllers in kind folders are imported only by the list of controllers", () => {
  const wrong = files.filter((file) => !isTest(file) && file !== "src/controllers/index.ts").flatMap((file) =>
    importsOf(file).filter((target) => /^src\/kinds\/.*\/controller\.ts$/.test(target) && dirname(target) !== dirname(file)).map((target) => `${file} imports ${target}`));
  expect(wrong).toEqual([]);
});

test("kinds, admission, controllers and scheduler have no clock, no randomness and no input or output", () => {
  const pattern = /\bDate\.now\(|new Date\(\)|Math\.random\(|crypto\.randomUUID|\bfetch\(|setTimeout\(|setInterval\(|from "node:(fs|net|http|child_process)/;
  expect(files.filter((file) => /^src\/(kinds|admission|controllers|scheduler)\//.test(file) && !isTest(file) && pattern.test(text(file)))).toEqual([]);
});

test("only the durable folder uses SQL of the cluster and alarms; only the platform uses libSQL", () => {
  const sql = /\bsql\.exec\(|setAlarm\(|transactionSync\(|node:sqlite/;
  expect(files.filter((file) => file.startsWith("src/") && !file.startsWith("src/durable/") && !isTest(file) && sql.test(text(file)))).toEqual([]);
  expect(files.filter((file) => file.startsWith("src/") && !file.startsWith("src/platform/") && !isTest(file) && /from "(drizzle-orm|@libsql)/.test(text(file)))).toEqual([]);
});

test("the API machinery never branches on a kind's name", () => {
  const branch = /\b(kind|resource)(\.kind|\.resource)?\s*[!=]==?\s*"(?!Status|Table|List|PartialObjectMetadata|Scale|DeleteOptions|WatchEvent|PatchOptions|UpdateOptions|CreateOptions)[A-Za-z]+"/;
  const wrong = files.filter((file) => file.startsWith("src/api/") && !isTest(file)).flatMap((file) =>
    text(file).split("\n").flatMap((line, i) => (branch.test(line) ? [`${file}:${i + 1}: ${line.trim()}`] : [])));
  expect(wrong).toEqual([]);
});

describe("list files name every folder beside them", () => {
  const lists: readonly (readonly [string, string, string])[] = [
    ["src/kinds/index.ts", "src/kinds", "kind.ts"],
    ["src/controllers/index.ts", "src", "controller.ts"],
    ["src/scheduler/plugins/index.ts", "src/scheduler/plugins", "plugin.ts"],
    ["src/admission/index.ts", "src/admission", "plugin.ts"],
  ];
  test.each(lists)("%s", (list, folder, file) => {
    const parts = files.filter((f) => isBelow(f, folder) && f.endsWith(`/${file}`) && dirname(f) !== folder && f !== "src/controllers/controller.ts");
    const listed = new Set(importsOf(list));
    expect(parts.filter((part) => !listed.has(part))).toEqual([]);
  });
});

test("every file is used", () => {
  const entries = files.filter((file) => isTest(file) || /^(src\/worker|agent\/main|bench\/main|cli\/(main|isopod))\./.test(file) || file.startsWith("scripts/"));
  const reached = new Set<string>();
  const queue = [...entries, ...configEntries()];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (reached.has(file)) continue;
    reached.add(file);
    queue.push(...importsOf(file));
  }
  expect(files.filter((file) => !reached.has(file))).toEqual([]);
});

test("what is exported is imported somewhere", () => {
  const imported = new Set(files.flatMap((file) => [...text(file).matchAll(/(?:import|export)\s+(?:type\s+)?(?:\{([^}]*)\}|\*\s+as\s+\w+)\s*from\s+"(\.{1,2}\/[^"]+)"|import\("(\.{1,2}\/[^"]+)"\)/g)].flatMap(([, names, from, dynamic]) => {
    const target = normalize(join(dirname(file), (from ?? dynamic)!));
    return names === undefined ? [`${target} *`] : names.split(",").map((name) => `${target} ${name.trim().replace(/^type /, "").split(" as ")[0]}`);
  })));
  const looked = files.filter((file) => !configEntries().includes(file) && !text(file).startsWith("// Generated") && !imported.has(`${file} *`));
  const wrong = looked.flatMap((file) => [...text(file).matchAll(/^export (?:async )?(?:const|let|function\*?|class) (\w+)/gm)].map(([, name]) => `${file} ${name}`)).filter((one) => !imported.has(one));
  expect(wrong).toEqual([]);
});

test("nothing is left over, oversized or vaguely named", () => {
  // Each has a class in it, so that this line does not find itself.
  const marker = /TO[D]O|FIX[M]E|X[X]X\b|HA[C]K|\.on[l]y\(|@ts-ig[n]ore/;
  expect(files.filter((file) => marker.test(text(file)))).toEqual([]);
  expect(files.filter((file) => FORBIDDEN_NAMES.test(file))).toEqual([]);
  expect(files.filter((file) => text(file).split("\n").length > LINES_MAX).map((file) => `${file}: over ${LINES_MAX} lines`)).toEqual([]);
});

test("a kind's table of contents stays one", () => {
  expect(files.filter((file) => file.endsWith("/kind.ts") && file !== "src/kinds/kind.ts" && text(file).split("\n").length > 80)).toEqual([]);
});

describe("documents name only what there is", () => {
  const documents = ["README.md", ...readdirSync(join(ROOT, "docs")).map((name) => `docs/${name}`)];
  const folders = [...CODE_FOLDERS, "docs", "examples", "facts", "migrations"];
  const present = folders.flatMap((folder) => walk(join(ROOT, folder))).map((path) => relative(ROOT, path));
  const { scripts } = JSON.parse(text("package.json")) as { scripts: Record<string, string> };

  test.each(documents)("%s", (document) => {
    const [quoted, code] = [[...text(document).matchAll(/`([^`\n]+)`/g)].map(([, token]) => token!), text(document).split("\n").filter((line) => line.startsWith("    "))];
    const words = [...quoted, ...code].flatMap((line) => line.split(/[\s,()]+/));
    const paths = words.filter((word) => /^[\w<>.-]+(\/[\w<>.-]*)+$/.test(word) && folders.includes(word.split("/")[0]!));
    const names = quoted.filter((token) => /^[\w.-]+(\/|\.(ts|md|go|json))$/.test(token));
    expect([...paths, ...names].filter((path) => !present.some((file) => patternOf(path).test(file)))).toEqual([]);
    const commands = [...text(document).matchAll(/npm run (?:-s )?([\w:]+)/g)].map(([, name]) => name!);
    expect(commands.filter((name) => !(name in scripts))).toEqual([]);
  });
});

/** A path, or the end or beginning of one; `<name>` stands for any one. */
function patternOf(path: string): RegExp {
  const parts = path.replace(/\/$/, "").split("/").map((part) => part.replaceAll(".", "\\.").replace(/<\w+>/g, "[^/]+"));
  return new RegExp(`(^|/)${parts.join("/")}($|/)`);
}

function importsOf(file: string): string[] {
  const found = [...text(file).matchAll(/(?:from\s+|import\(\s*|import\s+|new URL\(\s*)"(\.{1,2}\/[^"]+)"/g)].map(([, target]) => normalize(join(dirname(file), target!)));
  return found.filter((target) => existsSync(join(ROOT, target)) && statSync(join(ROOT, target)).isFile() && !target.includes(".generated."));
}

/** Files that configuration names rather than imports. */
function configEntries(): string[] {
  return ["vitest.config.ts", "wrangler.toml", "package.json"].filter((file) => existsSync(join(ROOT, file)))
    .flatMap((file) => [...text(file).matchAll(/["\s]\.?\/?((?:src|test|cli|agent|scripts|bench)\/[\w./-]+\.(?:ts|mjs))/g)].map(([, path]) => path!))
    .filter((file) => existsSync(join(ROOT, file)));
}

function isBelow(file: string, folder: string): boolean {
  return file === folder || file.startsWith(`${folder}/`);
}

function walk(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    return entry.isDirectory() ? walk(path) : [path];
  });
}
