import { smuggle } from "./smuggle.ts";

smuggle(
  "two hosts",
  "GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n",
);
