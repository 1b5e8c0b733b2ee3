import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** What a process holds in memory, in MiB, as the operating system tells it; `undefined` where it does not. */
export function residentMib(pid: number): number | undefined {
  try {
    const kib =
      process.platform === "linux"
        ? /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]
        : execFileSync("ps", ["-o", "rss=", "-p", `${pid}`], { encoding: "utf8" });
    return kib === undefined ? undefined : Number(kib) / 1_024;
  } catch {
    return undefined; // no such file or command here
  }
}
