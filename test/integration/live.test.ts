import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createEmulator } from "../../src/emulator/create-emulator.ts";
import type { Emulator } from "../../src/emulator/emulator.ts";
import type { World } from "../../src/emulator/world.ts";
import { compare, observeEmulator, observeIn, ownersWorld, replay, writeDifferences } from "../live/compare.ts";
import type { Observation } from "../live/observe.ts";

/** An emulator that stands for Google, with a project and region of other names. */
const liveWorld: World = {
  ...ownersWorld,
  projects: [
    {
      id: "live-project",
      number: "987654321098",
      bindings: [{ role: "roles/owner", members: ["user:admin@example.com"] }],
    },
  ],
  serviceAccounts: [{ id: "present", project: "live-project" }],
  services: [{ name: "present", project: "live-project", region: "europe-west1" }],
  workloadIdentityPools: [],
  defaults: {
    project: "live-project",
    region: "europe-west1",
    accounts: ["admin@example.com"],
    service: "present",
    serviceAccount: "present",
  },
};

async function observeLive(google: Emulator): Promise<readonly Observation[]> {
  const environment = { ...process.env, ...(await google.prepareEnvironment()) };
  return observeIn(environment, "live-project", "europe-west1");
}

test("the live flows find no difference between two emulators, and leave nothing behind", async () => {
  await using google = await createEmulator(liveWorld);
  const [theirs, ours] = await Promise.all([observeLive(google), observeEmulator()]);
  assert.deepEqual(compare(theirs, ours), []);
  assert.deepEqual(
    theirs.map(({ step, status }) => [step, status]),
    [
      ["no token", 403],
      ["a token that is none", 401],
      ["the policy of a new service", 200],
      ["ID token of an account that one may not act as", 403],
      ["a token of somebody without a grant", 403],
      ["a token of somebody with a grant", 200],
      ["the audience of another service", 401],
      ["an audience that ends with a slash", 200],
      ["an audience with a path", 401],
      ["a reserved path", 404],
      ["a policy written with an old etag", 409],
      ["a member of an unknown type", 400],
    ],
  );
  assert.throws(() => google.serviceUrl("runpass-live"), { code: "not_found" });
  const left = await google.export();
  assert.doesNotMatch(left.slice(left.indexOf("services:"), left.indexOf("defaults:")), /runpass-live/);
  const accounts = [...left.matchAll(/email: (runpass-live\S+)\n(?: {6}.*\n)*? {6}state: (\w+)/g)];
  assert.deepEqual(
    accounts.map(([, , state]) => state),
    ["deleted"],
  );
});

test("a difference is written without names, numbers or tokens, and the offline run holds the emulator to it", async () => {
  const directory = await mkdtemp(join(tmpdir(), "runpass-live-"));
  try {
    assert.deepEqual(await replay(directory), []);
    await using google = await createEmulator({ ...liveWorld, facts: { acceptAudiencePath: true } });
    const differences = compare(await observeLive(google), await observeEmulator());
    assert.deepEqual(
      differences.map(({ step, google: theirs, emulator }) => [step, theirs?.status, emulator?.status]),
      [["an audience with a path", 200, 401]],
    );
    const file = await writeDifferences(directory, { date: "2026-11-24", differences });
    assert.doesNotMatch(await readFile(file, "utf8"), /live-project|europe-west1|@|987654321098|eyJ|ya29|run\.app/);
    assert.deepEqual(await replay(directory), ["2026-11-24.json: an audience with a path"]);
    const [difference] = differences;
    assert.ok(difference);
    const accepted = [{ ...difference, accepted: "a false alarm is better than a false comfort" }];
    await writeDifferences(directory, { date: "2026-11-24", differences: accepted });
    assert.deepEqual(await replay(directory), []);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test("the emulator does what Google was seen to do in every live run that is kept", async () => {
  assert.deepEqual(await replay(join(import.meta.dirname, "../live/differences")), []);
});
