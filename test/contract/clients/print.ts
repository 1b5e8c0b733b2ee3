/** Prints a client's result for the test that started it: one line of JSON. */
export function print(result: unknown): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
