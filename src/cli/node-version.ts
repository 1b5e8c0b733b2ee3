const required: readonly [number, number] = [22, 19];

/**
 * Ends the process with one line where its Node.js is too old. It is the first to run, so this file must parse and run on any
 * Node.js that knows ES modules: it imports nothing and uses nothing new.
 */
export function requireNodeVersion(): void {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > required[0] || (major === required[0] && minor >= required[1])) return;
  process.stderr.write(`runpass needs Node.js ${required.join(".")} or newer; this is ${process.versions.node}\n`);
  process.exit(1);
}
