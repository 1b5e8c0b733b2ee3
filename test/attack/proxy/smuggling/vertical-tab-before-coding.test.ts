import { smuggle } from "./smuggle.ts";

smuggle(
  "a vertical tab before the coding",
  "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: \vchunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n",
);
