import { smuggle } from "./smuggle.ts";

smuggle(
  "a length with a sign",
  "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: +0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n",
);
