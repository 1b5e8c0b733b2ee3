import { readFileSync } from "node:fs";

/** User and system time of a process and of the children that nginx has, in milliseconds, from Linux's /proc; elsewhere NaN. */
export function cpuMs(pid: number): number {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean);
    return [pid, ...children.map(Number)].reduce((sum, one) => {
      const fields = readFileSync(`/proc/${one}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ");
      return sum + (Number(fields[11]) + Number(fields[12])) * 10; // in hundredths of a second
    }, 0);
  } catch {
    return Number.NaN;
  }
}

/** Resident memory of a process in KiB, from Linux's /proc; elsewhere NaN. */
export function residentKib(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    return Number.NaN;
  }
}
