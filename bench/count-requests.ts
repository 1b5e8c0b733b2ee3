/** Loaded before a program, by `--import`: says on stderr, at the program's end, how many requests it has made. */
import { subscribe } from "node:diagnostics_channel";

let requests = 0;
const count = (): void => {
  requests += 1;
};
// By `node:http` and by the built-in `fetch`. A proxy's CONNECT goes over a bare socket and is not counted.
subscribe("http.client.request.start", count);
subscribe("undici:request:create", count);
process.on("exit", () => process.stderr.write(`\nrequests: ${requests}\n`));
