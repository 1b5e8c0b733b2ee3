import type { WorldCommand } from "../../src/emulator/world/world.ts";

/** A backend that runs a few lines of JavaScript in Node.js; `PORT` and the other variables are in `process.env`. */
export function program(source: string, more: Partial<WorldCommand> = {}): WorldCommand {
  return { command: [process.execPath, "--no-warnings", "--eval", source], ...more };
}

/** A program that answers every request with what `expression`, a function of the request, gives. */
export function answering(expression: string, more: Partial<WorldCommand> = {}): WorldCommand {
  return program(
    `require("node:http").createServer((request, response) => response.end(String((${expression})(request))))` +
      `.listen(Number(process.env.PORT), "127.0.0.1")`,
    more,
  );
}
