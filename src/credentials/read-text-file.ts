import { closeSync, openSync, readSync } from "node:fs";

/** No token and no credentials file is larger. */
const maxBytes = 1 << 20;

/** Why a file cannot be read. */
export interface Unreadable {
  /** One clause, for a person. */
  readonly reason: string;
  /** There is no such file. */
  readonly isAbsent: boolean;
}

/**
 * Reads a file, a pipe or a descriptor that was inherited (`/dev/fd/3`, `/dev/stdin`) as UTF-8.
 *
 * @returns what is in it, or why it cannot be read.
 */
export function readTextFile(path: string): string | Unreadable {
  const inherited = descriptorOf(path);
  try {
    // By its number: where it is a socket, as between processes of Node.js, its path cannot be opened.
    if (inherited !== undefined) return readAll(inherited);
    const descriptor = openSync(path, "r");
    try {
      return readAll(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    const { code = "unknown reason" } = error as NodeJS.ErrnoException;
    const isAbsent = code === "ENOENT" || code === "ENOTDIR";
    return { reason: reasons[code] ?? code, isAbsent };
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  ENOTDIR: "no such file",
  EISDIR: "it is a directory",
  EACCES: "it may not be read",
  EBADF: "no such descriptor was inherited",
  EFBIG: "it is larger than 1 MiB",
  EAGAIN: "nothing came from it",
};

function descriptorOf(path: string): number | undefined {
  if (path === "/dev/stdin") return 0;
  const [, number] = /^\/(?:dev|proc\/self)\/fd\/(\d{1,6})$/.exec(path) ?? [];
  return number === undefined ? undefined : Number(number);
}

function readAll(descriptor: number): string {
  const chunks: Buffer[] = [];
  let size = 0;
  for (;;) {
    const chunk = Buffer.alloc(64 * 1024);
    const length = readSome(descriptor, chunk);
    if (length === 0) return Buffer.concat(chunks).toString("utf8");
    size += length;
    if (size > maxBytes) throw Object.assign(new Error("too large"), { code: "EFBIG" });
    chunks.push(chunk.subarray(0, length));
  }
}

/** A descriptor that was inherited from a process of Node.js does not block: then we wait ourselves, for so long. */
const patienceMs = 10_000;
const pauseMs = 5;

function readSome(descriptor: number, chunk: Buffer): number {
  const endMs = performance.now() + patienceMs;
  for (;;) {
    try {
      return readSync(descriptor, chunk);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN" || performance.now() > endMs) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
    }
  }
}
