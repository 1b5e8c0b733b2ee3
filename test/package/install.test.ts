import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";

const root = path.join(import.meta.dirname, "..", "..");
const directory = mkdtempSync(path.join(tmpdir(), "runpass-install-"));
const installed = path.join(directory, "node_modules", "runpass");
const manifest = readJson<{ version: string; exports: object; scripts: object }>("package.json");

/** Packs what would be published and lays it into an empty project, with its production dependencies and nothing else. */
before(() => {
  execFileSync("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", directory], { cwd: root });
  mkdirSync(installed, { recursive: true });
  const [tarball = ""] = globSync("*.tgz", { cwd: directory });
  execFileSync("tar", ["-xzf", path.join(directory, tarball), "-C", installed, "--strip-components=1"]);
  const { packages } = readJson<{ packages: Record<string, { dev?: boolean }> }>("package-lock.json");
  const production = Object.keys(packages).filter(
    (name) => /^node_modules\/(?:@[^/]+\/)?[^/]+$/.test(name) && !packages[name]?.dev,
  );
  // Types of Node.js are the consumer's own choice.
  for (const name of [...production, "node_modules/@types/node", "node_modules/undici-types"]) {
    mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
    symlinkSync(path.join(root, name), path.join(directory, name));
  }
  writeFileSync(path.join(directory, "package.json"), '{ "type": "module" }\n');
});

after(() => rmSync(directory, { recursive: true }));

test("the package holds what runs and what explains it, and nothing else", () => {
  const files = globSync("**/*.*", { cwd: installed });
  assert.ok(files.includes(path.join("dist", "runpass.js")), "the package was not built: npm run build");
  assert.deepEqual(
    files.filter((file) => !/^(?:dist|docs)\b|^[\w.]+\.md$|^package\.json$/.test(file)),
    [],
  );
  assert.deepEqual(
    files.filter((file) => file.includes(".test.")),
    [],
  );
});

test("installing the package runs no script", () => {
  const forbidden = ["preinstall", "install", "postinstall"];
  assert.deepEqual(
    forbidden.filter((name) => Object.hasOwn(manifest.scripts, name)),
    [],
  );
});

test("the installed command runs without the packages of development", () => {
  const command = path.join(installed, "dist", "runpass.js");
  const run = (...args: string[]): string => execFileSync(process.execPath, [command, ...args], { encoding: "utf8" });
  assert.equal(run("version").trim(), manifest.version);
  assert.match(run("--help"), /grant/);
  assert.equal(run("emulator", "exec", "--", process.execPath, "-p", "process.env.RUN_SERVICE").trim(), "my-service");
});

test("every export can be imported, and exports something", () => {
  const names = Object.keys(manifest.exports).filter((name) => name !== "./package.json");
  assert.deepEqual(names, [".", "./emulator", "./testing", "./gate"]);
  for (const name of names) {
    const source = `import * as it from "runpass${name.slice(1)}"; console.log(Object.keys(it).length)`;
    assert.ok(Number(runModule("import.mjs", source)) > 0, `runpass${name.slice(1)} exports nothing`);
  }
});

test("the TypeScript of README.md and docs/ type-checks against the installed package, and runs", () => {
  const names = ["README.md", ...globSync("docs/*.md", { cwd: root })].flatMap(extractCode);
  assert.ok(names.length > 0);
  const options = {
    target: "es2024",
    lib: ["es2024", "esnext.disposable"],
    module: "nodenext",
    types: ["node"],
    strict: true,
    noEmit: true,
  };
  writeFileSync(path.join(directory, "tsconfig.json"), JSON.stringify({ compilerOptions: options, files: names }));
  const tsc = path.join(root, "node_modules", "typescript", "bin", "tsc");
  const { stdout, status } = spawnSync(process.execPath, [tsc, "-p", directory], { encoding: "utf8" });
  assert.equal(stdout, "");
  assert.equal(status, 0);
  // One after the other in one process: most of each is loading the package.
  runModule("run.mjs", names.map((name) => `await import("./${name}");`).join("\n"));
});

/** Writes each code block of a page into a file of its own. @returns the files' names. */
function extractCode(page: string): string[] {
  const blocks = [...readFileSync(path.join(root, page), "utf8").matchAll(/^```ts\n([^]*?)^```/gm)];
  return blocks.map(([, code = ""], index) => {
    const name = `${path.basename(page, ".md")}-${index + 1}.ts`;
    writeFileSync(path.join(directory, name), code);
    return name;
  });
}

function runModule(name: string, source: string): string {
  writeFileSync(path.join(directory, name), source);
  return execFileSync(process.execPath, [path.join(directory, name)], { encoding: "utf8" });
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(path.join(root, file), "utf8")) as T;
}
