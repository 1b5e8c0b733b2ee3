import { smuggle } from "./smuggle.ts";

smuggle(
  "two lengths",
  "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nContent-Length: 45\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n",
);
