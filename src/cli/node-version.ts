/*
 * The first module that runs: it must parse and run on any Node.js that knows ES modules, so it imports nothing and uses
 * nothing new. `import` of anything else waits until it has passed.
 */
const required: readonly [number, number] = [22, 19];
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < required[0] || (major === required[0] && minor < required[1])) {
  process.stderr.write(`runpass needs Node.js ${required.join(".")} or newer; this is ${process.versions.node}\n`);
  process.exit(1);
}

export {};
