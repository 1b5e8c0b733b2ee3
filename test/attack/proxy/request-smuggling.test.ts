import assert from "node:assert/strict";
import { test } from "node:test";
import { statusOf, victim } from "./fixture.ts";

const door = victim();

/** Each is one request to some parsers and two to others: the second must never be seen. */
const attempts: Readonly<Record<string, string>> = {
  "CL.TE":
    "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 40\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "TE.CL":
    "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n0\r\n\r\n",
  "TE.TE":
    "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "TE with a stranger":
    "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "TE with a vertical tab":
    "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: \vchunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "two lengths":
    "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nContent-Length: 45\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "a length with a sign":
    "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: +0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "an obsolete fold":
    "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "a bare line feed":
    "POST / HTTP/1.1\nHost: localhost\nContent-Length: 0\n\nGET /smuggled HTTP/1.1\nHost: localhost\n\n",
  "a bare line feed after a chunk's size":
    "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "two hosts":
    "GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n",
};

for (const [name, text] of Object.entries(attempts)) {
  test(`${name}: refused, and nothing after it is read as a request`, async () => {
    const status = statusOf(await door.send(text));
    assert([400, 501].includes(status), `${status}`);
    assert.deepEqual(
      door.seen.filter(({ url }) => url.includes("smuggled")),
      [],
    );
  });
}
