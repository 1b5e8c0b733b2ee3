import { fstatSync, writeSync } from "node:fs";
import type { Output } from "./io.ts";

/** One of this process's outputs. */
export interface ProcessOutput extends Output {
  /** The descriptor, for a child process to inherit. */
  readonly fd: number;
  /** Settles when everything has been handed on. */
  flush(): Promise<void>;
}

/**
 * Makes an output of standard output (1) or error (2). A file or pipe is written to at once: to open it as a stream takes about as long as
 * all the rest of handing out a cached token.
 *
 * @param open Opens the stream, for a terminal or for a pipe that takes nothing more for now.
 * @param onError Told when an output cannot be written to.
 */
export function createOutput(
  descriptor: 1 | 2,
  open: () => NodeJS.WriteStream,
  onError: (error: NodeJS.ErrnoException) => void,
): ProcessOutput {
  const openStream = (): NodeJS.WriteStream => open().on("error", onError);
  // Whatever is no character device is no terminal.
  let opened = fstatSync(descriptor).isCharacterDevice() ? openStream() : undefined;
  return {
    fd: descriptor,
    get isTTY() {
      return opened?.isTTY === true;
    },
    get columns() {
      return opened?.columns;
    },
    write: (text) => {
      try {
        const rest = opened ? text : writeAtOnce(descriptor, Buffer.from(text));
        if (rest.length > 0) (opened ??= openStream()).write(rest);
      } catch (error) {
        onError(error as NodeJS.ErrnoException);
      }
    },
    flush: () => new Promise((resolve) => (opened ? opened.write("", () => resolve()) : resolve())),
  };
}

/** @returns what could not be written for now. */
function writeAtOnce(descriptor: number, bytes: Buffer): Buffer {
  let rest = bytes;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      return rest;
    }
  }
  return rest;
}
