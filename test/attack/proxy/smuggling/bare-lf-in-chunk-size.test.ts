import { smuggle } from "./smuggle.ts";

smuggle(
  "a bare line feed after a chunk's size",
  "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n",
);
