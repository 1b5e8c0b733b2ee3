/**
 * Builds the command out of the built library: `dist/runpass.js`, a few lines that check the version of Node.js and switch its
 * compile cache on, and the code behind them in `dist/chunks/`. What a cached token needs is one chunk, because a start costs
 * about as much per file as per line; the other commands, the emulator and npm packages are loaded when they are needed.
 */
import { chmod, rm } from "node:fs/promises";
import path from "node:path";
import { rolldown } from "rolldown";
import type { ChunkingContext, Plugin } from "rolldown";

const dist = path.join(import.meta.dirname, "..", "dist");
const [main, start, token] = ["main", "start", "commands/token"].map((name) =>
  path.join(dist, "lib/cli", `${name}.js`),
);

await rm(path.join(dist, "chunks"), { recursive: true, force: true });
await using bundle = await rolldown({
  // What `tsc` made: it has turned `using` into what Node.js 22 knows.
  input: { runpass: main! },
  platform: "node",
  external: /^(?!@noble\/hashes|\0|\.|\/)/,
  plugins: [cheapBuiltins()],
  treeshake: { moduleSideEffects: false, propertyReadSideEffects: false },
  preserveEntrySignatures: false,
  // The first lines must parse on any Node.js, to say that it is too old.
  transform: { target: "es2022" },
});
const { output } = await bundle.write({
  dir: dist,
  chunkFileNames: "chunks/[name].js",
  format: "esm",
  codeSplitting: {
    includeDependenciesRecursively: false,
    groups: [{ debugName: "command", name: (id, context) => (needsToken(context).has(id) ? "command" : null) }],
  },
  minify: { compress: false, mangle: false },
});
await chmod(path.join(dist, "runpass.js"), 0o755);
for (const chunk of output) {
  if (chunk.type === "chunk" && ["runpass", "command"].includes(chunk.name) && chunk.imports.length > 0) {
    throw new Error(
      `only import() may load more code, for it takes time: ${chunk.name} loads ${chunk.imports.join(", ")}`,
    );
  }
}

/** The modules that run when a token is asked for. */
function needsToken(context: ChunkingContext): ReadonlySet<string> {
  const found = new Set([start!, token!]);
  for (const id of found) {
    for (const imported of context.getModuleInfo(id)?.importedIds ?? []) found.add(imported);
  }
  return found;
}

/** As `import` declarations, modules of Node.js make it load what they only would load where it is used, for the sake of names. */
function cheapBuiltins(): Plugin {
  const declaration = /^import (.+) from "(node:.+)";$/gm;
  return {
    name: "cheap-builtins",
    transform: {
      filter: { id: /\/dist\/lib\// },
      handler: (code) =>
        code.replaceAll(
          declaration,
          (_all, names: string, module: string) =>
            `const ${names.replaceAll(" as ", ": ")} = process.getBuiltinModule("${module}");`,
        ),
    },
  };
}
