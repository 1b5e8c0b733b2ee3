import { smuggle } from "./smuggle.ts";

smuggle(
  "a coding that nobody knows",
  "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n",
);
