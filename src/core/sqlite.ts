/**
 * `node:sqlite`, loaded when it is first needed and without the warning that Node.js 22 prints on import: it would reach the
 * user, who can do nothing about it.
 */
export function loadSqlite(): typeof import("node:sqlite") {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    process.emitWarning = emitWarning;
  }
}
