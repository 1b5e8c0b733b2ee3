import { smuggle } from "./smuggle.ts";

smuggle(
  "an obsolete fold before the coding",
  "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n",
);
