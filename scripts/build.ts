/**
 * Builds the command out of the built library: one file, `dist/runpass.js`, with all code of our own in it. npm packages stay
 * outside. They, our own code behind `import()` and the modules of Node.js are loaded when they are needed: that takes longer
 * than all the rest of a short command.
 */
import { chmod } from "node:fs/promises";
import path from "node:path";
import { rolldown } from "rolldown";
import type { Plugin } from "rolldown";

const dist = path.join(import.meta.dirname, "..", "dist");
const file = path.join(dist, "runpass.js");

await using bundle = await rolldown({
  // What `tsc` made: it has turned `using` into what Node.js 22 knows.
  input: path.join(dist, "lib", "cli", "main.js"),
  platform: "node",
  external: /^(?!node:|builtin:|\0|\.|\/)/,
  plugins: [lazyBuiltins()],
  treeshake: { moduleSideEffects: true, propertyReadSideEffects: false },
  // The first lines must parse on any Node.js, to say that it is too old.
  transform: { target: "es2022" },
});
const { output } = await bundle.write({ file, format: "esm", codeSplitting: false });

const [chunk, ...others] = output;
if (others.length > 0)
  throw new Error(`one file was expected, not also ${others.map(({ fileName }) => fileName).join(", ")}`);
// The bundler names modules of Node.js that its own first lines could need; ours are never among them (see below).
const packages = chunk.imports.filter((name) => !name.startsWith("node:"));
if (packages.length > 0) {
  throw new Error(`only import() may load a package, for it takes time: ${packages.join(", ")}`);
}
await chmod(file, 0o755);

/**
 * Loads a module of Node.js when the first module of ours that imports it runs. As `import` declarations they would all come
 * first, for one file has one beginning.
 */
function lazyBuiltins(): Plugin {
  return {
    name: "lazy-builtins",
    resolveId: (id, importer) => {
      const isOurs = importer?.startsWith("\0") === false; // the bundler's own few lines come first, and need theirs at once
      return isOurs && id.startsWith("node:") ? { id: `builtin:${id}`, moduleSideEffects: false } : null;
    },
    load: async (id) => {
      if (!id.startsWith("builtin:")) return null;
      const name = id.slice("builtin:".length);
      const names = Object.keys((await import(name)) as object).filter(
        (key) => key !== "default" && key !== "module.exports",
      );
      return [
        `const builtin = process.getBuiltinModule(${JSON.stringify(name)});`,
        ...names.map((key) => `const $${key} = builtin.${key}; export { $${key} as ${key} };`),
        "export default builtin;",
      ].join("\n");
    },
  };
}
