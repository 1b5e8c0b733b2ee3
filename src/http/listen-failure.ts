import { RunpassError } from "../core/errors.ts";

/** Why a server cannot listen, and what to do. */
export function describeListenFailure(error: NodeJS.ErrnoException, host: string, port: number): RunpassError {
  switch (error.code) {
    case "EADDRINUSE":
      return new RunpassError({
        code: "address_in_use",
        message: `port ${port} on ${host} is taken`,
        why: "another program, or another runpass, listens there",
        fix: "Stop it, or choose another port; port 0 takes a free one.",
        cause: error,
      });
    case "EACCES":
      return new RunpassError({
        code: "invalid_argument",
        message: `port ${port} on ${host} may not be opened`,
        why: "the system keeps low ports for itself",
        fix: "Choose a port above 1023.",
        cause: error,
      });
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new RunpassError({
        code: "invalid_argument",
        message: `${host} is no address of this machine`,
        fix: "Use 127.0.0.1.",
        cause: error,
      });
    default:
      return new RunpassError({ code: "unexpected", message: `cannot listen on ${host}, port ${port}`, cause: error });
  }
}
