import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import type { Fetch } from "../../../src/core/context.ts";
import { loadConditions } from "../../../src/gate/condition.ts";
import { defaultWorld } from "../../../src/emulator/world/world.ts";
import type { World } from "../../../src/emulator/world/world.ts";
import { createCommandLine } from "../../support/command-line.ts";
import { createEmulatorFetch } from "../../support/emulator-fetch.ts";

before(loadConditions);

const invoker = "invoker@demo-project.iam.gserviceaccount.com";

/** Worlds that lead through every branch: what works, what is refused, what fails, what comes late. */
const worlds: Readonly<Record<string, World>> = {
  "nothing is granted": defaultWorld,
  "everything is granted": {
    ...defaultWorld,
    services: defaultWorld.services.map((each) => ({
      ...each,
      bindings: [{ role: "roles/run.invoker", members: ["user:dev@example.com", `serviceAccount:${invoker}`] }],
    })),
    serviceAccounts: defaultWorld.serviceAccounts.map((each) => ({
      ...each,
      bindings: [{ role: "roles/iam.serviceAccountTokenCreator", members: ["user:dev@example.com"] }],
    })),
  },
  "policies come late": { ...defaultWorld, trouble: { propagationSeconds: 60 } },
  "APIs fail": {
    ...defaultWorld,
    trouble: {
      faults: [
        { api: "iamcredentials.googleapis.com", status: 400 },
        { api: "iam.googleapis.com", status: 403 },
      ],
    },
  },
  "nobody gets a login": {
    ...defaultWorld,
    users: [{ email: "dev@example.com", state: "disabled" }, { email: "admin@example.com" }],
  },
};

const commands: readonly (readonly string[])[] = [
  ["curl", "my-service/refused", "-s", "-o", "/dev/null"],
  ["doctor"],
  ["doctor", "my-service"],
  ["doctor", "my-service", "--as", "invoker", "--format", "json"],
  ["doctor", "my-service", "--as", "invoker", "--fix"],
  ["doctor", "my-service", "--audience", "https://example.com"],
  ["doctor", "my-service", "--credentials", "adc"],
  ["doctor", "https://stranger.example/path?access_token=x"],
  ["doctor", "no-such-service"],
  ["access", "my-service"],
  ["access", "my-service", "--format", "json"],
  ["access", "my-service", "--principal", "dev@example.com"],
  ["access", "my-service", "--graph", "dot"],
  ["grant", "my-service", "--wait"],
  ["grant", "my-service", "--as", "invoker", "--format", "json", "--wait"],
  ["grant", "my-service", "--to", "user:nobody@else.example"],
  ["revoke", "my-service", "--wait"],
  ["revoke", "my-service", "--expired"],
];

/** Every token that goes over the wire, in either direction, by its last part: what a reader could do anything with. */
function collectTokens(fetch: Fetch, secrets: Set<string>): Fetch {
  const keep = (text: string): void => {
    for (const [token] of text.matchAll(/eyJ[\w-]+\.[\w-]+\.[\w-]{20,}|ya29\.[\w.-]{20,}|1\/\/[\w-]{20,}/g)) {
      secrets.add(token.startsWith("eyJ") ? (token.split(".")[2] ?? "") : token);
    }
  };
  return async (url, init) => {
    keep(JSON.stringify(init?.headers ?? {}));
    if (init?.body instanceof URLSearchParams || typeof init?.body === "string")
      keep(decodeURIComponent(String(init.body)));
    const answer = await fetch(url, init);
    if (!/json/.test(answer.headers.get("content-type") ?? "")) return answer;
    const text = await answer.text();
    keep(text);
    const { ok, status, headers } = answer;
    return { ok, status, headers, body: null, text: async () => text, json: async () => JSON.parse(text) as unknown };
  };
}

for (const [name, world] of Object.entries(worlds)) {
  test(`nothing that doctor, access or grant prints or keeps holds a token: ${name}`, async () => {
    await using line = await createCommandLine(world);
    await using network = await createEmulatorFetch(line.variables);
    const secrets = new Set<string>();
    const fetch = collectTokens(network.fetch, secrets);
    const pause = async (): Promise<void> => line.emulator.clock.advanceMs(5 * 60_000);
    let printed = "";
    for (const argv of commands) {
      const { stdout, stderr } = await line.runpass(argv, { fetch, pause, variables: { RUNPASS_VERBOSITY: "debug" } });
      printed += stdout + stderr;
    }
    if (name !== "nobody gets a login") assert.ok(secrets.size > 2, `${secrets.size} tokens were seen`);
    const cache = line.variables["RUNPASS_CACHE_DIR"] ?? "";
    const kept = await readAll(cache, (file) => !file.startsWith("id-tokens"));
    if (name === "nothing is granted") assert.match(kept, /"by":"curl"/, "the refused call is kept");
    for (const secret of secrets) {
      assert.ok(!printed.includes(secret), "a token is printed");
      assert.ok(!kept.includes(secret), "a token is kept outside the token cache");
    }
    assert.doesNotMatch(await readAll(cache, () => true), /ya29\.|1\/\//, "the cache is for ID tokens alone");
  });
}

test("a pasted response's own token is not repeated", async () => {
  await using line = await createCommandLine();
  const token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlc2lnbmF0dXJl";
  const stdin = `> GET / HTTP/1.1\n> Authorization: Bearer ${token}\n\nHTTP/1.1 403 Forbidden\n\n${token}`;
  for (const words of [["-"], ["-", "--format", "json"]]) {
    const { stdout, stderr } = await line.runpass(["doctor", ...words], { stdin });
    assert.doesNotMatch(stdout + stderr, /eyJ/);
  }
});

async function readAll(directory: string, isMeant: (file: string) => boolean): Promise<string> {
  const files = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
  const meant = paths.filter((path) => isMeant(path.slice(directory.length + 1)));
  return (await Promise.all(meant.map((path) => readFile(path, "utf8")))).join("\n");
}
