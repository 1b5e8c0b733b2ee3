import assert from "node:assert/strict";
import { test } from "node:test";
import { statusOf, victim } from "../fixture.ts";

/** One for all attempts of this process. */
const door = victim();

/** Tries what is one request to some parsers and two to others: `GET /smuggled` must never be seen. */
export function smuggle(name: string, text: string): void {
  test(`${name}: refused, and nothing after it is read as a request`, async () => {
    const status = statusOf(await door.send(text)); // which waits until the connection is closed
    assert([400, 501].includes(status), `${status}`);
    assert.deepEqual(door.seen, []);
  });
}
