import { smuggle } from "./smuggle.ts";

smuggle(
  "bare line feeds",
  "POST / HTTP/1.1\nHost: localhost\nContent-Length: 0\n\nGET /smuggled HTTP/1.1\nHost: localhost\n\n",
);
