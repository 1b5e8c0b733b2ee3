import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { test } from "node:test";
import { createEmulator } from "../../src/emulator/create-emulator.ts";
import { defaultWorld } from "../../src/emulator/world/world.ts";
import type { World } from "../../src/emulator/world/world.ts";
import { decodeJwt } from "../../src/google/id-token.ts";
import { adcClientId } from "../../src/google/oauth.ts";
import { createCommandLine } from "../support/command-line.ts";

const world: World = {
  ...defaultWorld,
  services: defaultWorld.services.map((service) => ({
    ...service,
    bindings: [{ role: "roles/run.invoker", members: ["user:dev@example.com"] }],
  })),
};

/** What the service answers to a person's token for Application Default Credentials, and the fact that it rests on. */
async function callAsAdc(facts: World["facts"]): Promise<[status: number | undefined, fact: string | undefined]> {
  await using emulator = await createEmulator({ ...world, ...(facts ? { facts } : {}) });
  const variables = await emulator.prepareEnvironment();
  const file = JSON.parse(await readFile(String(variables["GOOGLE_APPLICATION_CREDENTIALS"]), "utf8"));
  const form = new URLSearchParams({ grant_type: "refresh_token", ...file });
  const answer = await fetch(`${emulator.url}/token`, { method: "POST", body: form });
  const { id_token: idToken } = (await answer.json()) as { id_token: string };
  assert.equal(decodeJwt(idToken)?.payload["aud"], adcClientId);
  const { host } = new URL(emulator.localUrl("my-service"));
  const headers = { host, authorization: `Bearer ${idToken}` }; // `fetch` cannot set Host
  const [incoming] = (await once(request(emulator.url, { headers, agent: false }).end(), "response")) as [
    IncomingMessage,
  ];
  incoming.resume();
  return [
    incoming.statusCode,
    emulator
      .trace()
      .at(-1)
      ?.steps.find(({ rule }) => rule === "audience")?.fact,
  ];
}

test("the tokens of Application Default Credentials are refused unless the world says that they count (a guess: adc-client)", async () => {
  assert.deepEqual(await callAsAdc(undefined), [401, "adc-client"]);
  assert.deepEqual(await callAsAdc({ acceptAdcClient: true }), [200, "adc-client"]);
});

test("a world with a switch that cannot be does not start", async () => {
  await assert.rejects(createEmulator({ ...world, facts: { clockSkewMs: -1 } }), { code: "invalid_argument" });
});

test("`emulator facts` prints the guesses with their switches, and the trace names the fact of each line", async () => {
  await using line = await createCommandLine({ ...world, facts: { acceptAudiencePath: true } });
  const { stdout, exitCode } = await line.runpass(["emulator", "facts"]);
  assert.equal(exitCode, 0);
  assert.match(stdout, /^adc-client {2}.*\n {4}why: .*\n {4}acceptAdcClient: false\n/m);
  assert.match(stdout, /acceptAudiencePath: true \(default false\)/);
  assert.doesNotMatch(stdout, /^expiry/m);
  const every = await line.runpass(["emulator", "facts", "--format", "json"]);
  assert.match(every.stdout, /"expiry"/);

  const { host } = new URL(line.emulator.localUrl("my-service"));
  await once(request(line.emulator.url, { headers: { host }, agent: false }).end(), "response");
  const trace = await line.runpass(["emulator", "trace"]);
  assert.match(trace.stdout, /credential: the request brings no credential \(documented: credential\)/);
});
