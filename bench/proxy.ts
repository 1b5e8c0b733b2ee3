import { execFileSync, spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createEmulator } from "../src/emulator/create-emulator.ts";
import { command } from "./command.ts";
import { putLoad } from "./load.ts";
import type { Load } from "./load.ts";
import { median } from "./row.ts";
import type { Row } from "./row.ts";

const rounds = 3;
const durationMs = 1_500;
const serverFile = path.join(import.meta.dirname, "proxy", "server.ts");

interface Subject {
  readonly name: string;
  readonly url: string;
  readonly child: ChildProcess;
}

interface Measured extends Load {
  readonly cpuMicroseconds: number;
}

/** The proxy before a service over TLS, against what else would stand there. Go and nginx take part where they are installed. */
export async function benchProxy(): Promise<Row[]> {
  const directory = mkdtempSync(path.join(tmpdir(), "runpass-bench-"));
  const children: ChildProcess[] = [];
  try {
    const [cert, key] = [path.join(directory, "cert.pem"), path.join(directory, "key.pem")];
    const subject = [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-days",
      "2",
    ];
    const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert];
    execFileSync("openssl", [...subject, ...names], { stdio: "ignore" });
    const start = async (name: string, program: string, words: readonly string[]): Promise<Subject> => {
      const child = spawn(program, words, { stdio: ["ignore", "pipe", "inherit"] });
      children.push(child);
      return { name, child, url: await firstLine(child) };
    };
    const node = (role: string, target?: string): Promise<Subject> =>
      start(role, process.execPath, [serverFile, role, cert, key, ...(target === undefined ? [] : [target])]);

    const plain = await node("plain-backend");
    const rows: Row[] = [];
    for (const protocol of ["h1", "h2"] as const) {
      const backend = await node(`tls-backend-${protocol}`);
      const ours = await node("runpass", backend.url);
      const others = [await node("undici", backend.url), await node("http-proxy-3", backend.url)];
      const go = buildGo(directory);
      if (go !== undefined) others.push(await start("Go's ReverseProxy", go, [backend.url, "a".repeat(900)]));
      if (hasProgram("nginx", ["-v"])) others.push(await startNginx(directory, backend.url, children));
      for (const [what, target, connections] of [
        ["small, 1 connection", "/", 1],
        ["small, 64 connections", "/", 64],
        ["1 MiB, 4 connections", "/large", 4],
      ] as const) {
        const all = [ours, ...others, ...(connections === 1 ? [plain] : [])];
        const seen = new Map<Subject, Measured[]>(all.map((one) => [one, []]));
        for (let round = 0; round < rounds; round += 1) {
          for (const one of all) seen.get(one)?.push(await measure(one, target, connections));
        }
        const of = (one: Subject, pick: (load: Measured) => number): number => median((seen.get(one) ?? []).map(pick));
        const label = `h1→${protocol} over TLS, ${what}`;
        if (connections === 1) {
          rows.push({
            subject: `${label}: added`,
            unit: "ms at p50",
            value: of(ours, ({ medianMs }) => medianMs) - of(plain, ({ medianMs }) => medianMs),
            goal: { of: "value", atMost: 0.3 },
          });
        }
        for (const other of others) {
          const isBar = other.name.startsWith("Go") && protocol === "h2" && connections === 64;
          const compare = (unit: string, pick: (load: Measured) => number, goal?: Row["goal"]): void => {
            rows.push({
              subject: label,
              baseline: other.name,
              unit,
              value: of(ours, pick),
              baselineValue: of(other, pick),
              ...(goal === undefined ? {} : { goal }),
            });
          };
          compare(
            "requests/s",
            ({ requestsPerSecond }) => requestsPerSecond,
            isBar ? { of: "ratio", atLeast: 0.9 } : undefined,
          );
          compare("ms at p99", ({ p99Ms }) => p99Ms, isBar ? { of: "ratio", atMost: 1.5 } : undefined);
          compare("µs CPU a request", ({ cpuMicroseconds }) => cpuMicroseconds);
        }
      }
    }
    rows.push(await benchMemory(directory));
    return rows;
  } finally {
    for (const child of children) child.kill(); // killed harder, nginx would leave its workers behind
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measure({ url, child }: Subject, target: string, connections: number): Promise<Measured> {
  const address = url.replace("//localhost", "//127.0.0.1") + target;
  await putLoad(address, {}, { connections, durationMs: 200 });
  const before = cpuMs(child.pid ?? 0);
  const load = await putLoad(address, {}, { connections, durationMs });
  const cpuMicroseconds = ((cpuMs(child.pid ?? 0) - before) * 1_000) / (load.requestsPerSecond * (durationMs / 1_000));
  return { ...load, cpuMicroseconds };
}

/** User and system time of a process and of the children that nginx has, from Linux's /proc. */
function cpuMs(pid: number): number {
  const pids = [pid];
  try {
    pids.push(
      ...readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number),
    );
    return pids.reduce((sum, one) => {
      const fields = readFileSync(`/proc/${one}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ");
      return sum + (Number(fields[11]) + Number(fields[12])) * 10; // in hundredths of a second
    }, 0);
  } catch {
    return Number.NaN; // no Linux
  }
}

/** What `runpass proxy` holds when it has served a request and waits for the next. */
async function benchMemory(directory: string): Promise<Row> {
  await using emulator = await createEmulator();
  const child = spawn(process.execPath, [command, "proxy", "my-service", "--port", "0", "--format", "json"], {
    env: { ...process.env, ...(await emulator.prepareEnvironment(path.join(directory, "emulator"))) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const { doors } = JSON.parse(await firstLine(child)) as { doors: { url: string }[] };
    await (await fetch(doors[0]?.url ?? "")).text();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
    const value = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1_024;
    return { subject: "idle proxy", unit: "MiB resident", value, goal: { of: "value", atMost: 80 } };
  } finally {
    child.kill();
  }
}

function buildGo(directory: string): string | undefined {
  if (!hasProgram("go", ["version"])) return undefined;
  const program = path.join(directory, "reverse-proxy");
  const source = path.join(import.meta.dirname, "proxy", "reverse-proxy.go");
  execFileSync("go", ["build", "-o", program, source], {
    env: { ...process.env, GOFLAGS: "-mod=mod", GOCACHE: path.join(tmpdir(), "runpass-go-cache") },
  });
  return program;
}

async function startNginx(directory: string, target: string, children: ChildProcess[]): Promise<Subject> {
  const port = await freePort();
  const prefix = mkdtempSync(path.join(directory, "nginx-"));
  const config = path.join(prefix, "nginx.conf");
  writeFileSync(
    config,
    `daemon off; worker_processes 1; pid ${prefix}/pid; error_log ${prefix}/error.log;
events { worker_connections 512; }
http { access_log off; client_body_temp_path ${prefix}/b; proxy_temp_path ${prefix}/p; fastcgi_temp_path ${prefix}/f; uwsgi_temp_path ${prefix}/u; scgi_temp_path ${prefix}/s;
upstream service { server 127.0.0.1:${new URL(target).port}; keepalive 64; }
server { listen 127.0.0.1:${port}; keepalive_requests 1000000000;
location / { proxy_pass https://service; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host localhost; proxy_set_header Authorization "Bearer ${"a".repeat(900)}"; proxy_buffering off; } } }\n`,
  );
  const child = spawn("nginx", ["-p", prefix, "-c", config], { stdio: "ignore" });
  children.push(child);
  const url = `http://127.0.0.1:${port}`;
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if ((await fetch(url).catch(() => undefined))?.ok) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { name: "nginx (HTTP/1)", url, child };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

function hasProgram(name: string, words: readonly string[]): boolean {
  return spawnSync(name, words, { stdio: "ignore" }).status === 0;
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      if (text.includes("\n")) resolve(text.slice(0, text.indexOf("\n")));
    });
    child.once("close", () => reject(new Error("a server ended before it was ready")));
  });
}
