import { randomUUID } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fileEncoding } from "./config-file.ts";

/**
 * A file without a name, for a child that inherits its descriptor and opens it as `/dev/fd/N`. A pipe would not do: Node's are
 * sockets, which cannot be opened that way. The name goes before the content comes, so that not even a kill leaves a secret behind.
 */
export interface PrivateFile {
  readonly descriptor: number;
  /** What is in it now, the first 256 KiB. */
  read(): string;
  close(): void;
}

const maxReadBytes = 256 * 1024;

/** Makes a private file, readable and writable by the owner alone while it has a name. */
export function createPrivateFile(directory: string, text = ""): PrivateFile {
  const path = join(directory, `runpass-${randomUUID()}`);
  const descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
  unlinkSync(path);
  // At a position: on macOS the child shares the descriptor's offset, which must stay at the beginning.
  const bytes = Buffer.from(text, fileEncoding);
  for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at, bytes.length - at, at);
  return {
    descriptor,
    read: () => {
      const buffer = Buffer.alloc(Math.min(fstatSync(descriptor).size, maxReadBytes));
      return buffer.toString(fileEncoding, 0, readSync(descriptor, buffer, 0, buffer.length, 0));
    },
    close: () => closeSync(descriptor),
  };
}
