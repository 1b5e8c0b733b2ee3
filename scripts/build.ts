/**
 * Builds the command out of the built library: `dist/runpass.js`, a few lines that check the version of Node.js and switch its
 * compile cache on, and `dist/command.js` with all other code of our own, which then comes out of that cache. npm packages
 * stay outside but one. They, our own code behind `import()` and the modules of Node.js are loaded when they are needed: that takes
 * longer than all the rest of a short command.
 */
import { chmod } from "node:fs/promises";
import path from "node:path";
import { rolldown } from "rolldown";
import type { Plugin } from "rolldown";

const dist = path.join(import.meta.dirname, "..", "dist");

await build("main", "runpass", [
  { name: "command", resolveId: (id) => (id === "./start.js" ? { id: "./command.js", external: true } : null) },
]);
await build("start", "command", [lazyBuiltins()]);
await chmod(path.join(dist, "runpass.js"), 0o755);

async function build(module: string, name: string, plugins: readonly Plugin[]): Promise<void> {
  await using bundle = await rolldown({
    // What `tsc` made: it has turned `using` into what Node.js 22 knows.
    input: path.join(dist, "lib", "cli", `${module}.js`),
    platform: "node",
    external: /^(?!node:|builtin:|@noble\/hashes|\0|\.|\/)/,
    plugins: [...plugins],
    treeshake: { moduleSideEffects: true, propertyReadSideEffects: false },
    // The first lines must parse on any Node.js, to say that it is too old.
    transform: { target: "es2022" },
  });
  const { output } = await bundle.write({
    file: path.join(dist, `${name}.js`),
    format: "esm",
    codeSplitting: false,
    minify: { compress: false, mangle: false },
  });
  const [chunk, ...others] = output;
  if (others.length > 0)
    throw new Error(`one file was expected, not also ${others.map(({ fileName }) => fileName).join(", ")}`);
  // The bundler names modules of Node.js that its own first lines could need; ours are never among them (see below).
  const packages = chunk.imports.filter((id) => !id.startsWith("node:"));
  if (packages.length > 0) {
    throw new Error(`only import() may load a package, for it takes time: ${packages.join(", ")}`);
  }
}

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
