import { execFileSync, spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

/** A server in a process of its own. */
export interface Subject {
  readonly name: string;
  readonly url: string;
  readonly child: ChildProcess;
}

/** The servers of a benchmark, which end with it. */
export interface Subjects extends Disposable {
  /** One of server.ts, perhaps in front of another. */
  node(role: string, target?: Subject): Promise<Subject>;
  /** Go's `httputil.ReverseProxy`; `undefined` where no Go is installed. Over TLS it speaks HTTP/2. */
  go(target: Subject, options?: { readonly tls: boolean }): Promise<Subject | undefined>;
  /** `undefined` where none is installed. */
  nginx(target: Subject): Promise<Subject | undefined>;
  /** For what a benchmark writes; it goes with the rest. */
  readonly directory: string;
}

/** About as long as a token of Google's. */
const token = "eyJ".padEnd(900, "a");

export function openSubjects(): Subjects {
  const directory = mkdtempSync(path.join(tmpdir(), "runpass-bench-"));
  const children: ChildProcess[] = [];
  const [cert, key] = makeCertificate(directory);
  let goProgram: string | undefined;

  async function start(name: string, program: string, words: readonly string[]): Promise<Subject> {
    const child = spawn(program, words, { stdio: ["ignore", "pipe", "inherit"] });
    children.push(child);
    return { name, child, url: await firstLine(child) };
  }

  return {
    directory,
    node: (role, target) => {
      const words = [path.join(import.meta.dirname, "server.ts"), role, cert, key, ...(target ? [target.url] : [])];
      return start(role, process.execPath, words);
    },
    go: async (target, { tls } = { tls: false }) => {
      if (!isInstalled("go", ["version"])) return undefined;
      goProgram ??= buildGo(directory);
      return start("Go's ReverseProxy", goProgram, [target.url, token, ...(tls ? [cert, key] : [])]);
    },
    nginx: async (target) => {
      if (!isInstalled("nginx", ["-v"])) return undefined;
      const url = `http://127.0.0.1:${await freePort()}`;
      const prefix = mkdtempSync(path.join(directory, "nginx-"));
      writeFileSync(path.join(prefix, "nginx.conf"), nginxConfiguration(prefix, url, target.url));
      const child = spawn("nginx", ["-p", prefix, "-c", path.join(prefix, "nginx.conf")], { stdio: "ignore" });
      children.push(child);
      for (let attempt = 0; attempt < 100; attempt += 1) {
        if ((await fetch(url).catch(() => undefined))?.ok) break;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return { name: "nginx (HTTP/1)", url, child };
    },
    [Symbol.dispose]: () => {
      for (const child of children) child.kill(); // killed harder, nginx would leave its workers behind
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The first line that a child prints: its address. */
export function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      if (text.includes("\n")) resolve(text.slice(0, text.indexOf("\n")));
    });
    child.once("close", () => reject(new Error("a server ended before it was ready")));
  });
}

function makeCertificate(directory: string): readonly [cert: string, key: string] {
  const [cert, key] = [path.join(directory, "cert.pem"), path.join(directory, "key.pem")];
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  execFileSync("openssl", ["req", ...kind, ...names, "-keyout", key, "-out", cert], { stdio: "ignore" });
  return [cert, key];
}

function buildGo(directory: string): string {
  const program = path.join(directory, "reverse-proxy");
  execFileSync("go", ["build", "-o", program, path.join(import.meta.dirname, "reverse-proxy.go")], {
    env: { ...process.env, GOFLAGS: "-mod=mod", GOCACHE: path.join(tmpdir(), "runpass-go-cache") },
  });
  return program;
}

function nginxConfiguration(prefix: string, url: string, target: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${prefix}/${kind};`)
    .join(" ");
  return `daemon off; worker_processes 1; pid ${prefix}/pid; error_log ${prefix}/error.log;
events { worker_connections 512; }
http {
  access_log off; ${temporary}
  upstream service { server 127.0.0.1:${new URL(target).port}; keepalive 64; }
  server {
    listen ${new URL(url).host}; keepalive_requests 1000000000;
    location / {
      proxy_pass https://service; proxy_http_version 1.1; proxy_buffering off;
      proxy_set_header Connection ""; proxy_set_header Host localhost; proxy_set_header Authorization "Bearer ${token}";
    }
  }
}
`;
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

function isInstalled(name: string, words: readonly string[]): boolean {
  return spawnSync(name, words, { stdio: "ignore" }).status === 0;
}
