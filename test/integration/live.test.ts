/** The live suite, with an emulator that stands for Google, in a project and region of other names. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createEmulator } from "../../src/emulator/create-emulator.ts";
import type { Emulator } from "../../src/emulator/emulator.ts";
import type { World } from "../../src/emulator/world/world.ts";
import { replay, writeDifferences } from "../live/compare.ts";
import type { LiveDifferences } from "../live/compare.ts";
import { runLive } from "../live/run-live.ts";
import { ownersWorld } from "../situations/go-through.ts";
import { situations } from "../situations/observe.ts";

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

/** One that decides two things otherwise, in a project that may not open services to all. */
const organization = { id: "1000000000001", domain: "example.com", customerId: "C01acme" };
const otherGoogle: World = {
  ...liveWorld,
  organizations: [{ ...organization, allowedPolicyMemberDomains: [organization.customerId] }],
  projects: liveWorld.projects.map((each) => ({ ...each, parent: `organizations/${organization.id}` })),
  facts: { acceptAudiencePath: true, acceptAdcClient: true },
};

const main = join(import.meta.dirname, "../live/live.ts");

async function liveEnvironment(google: Emulator, directory: string): Promise<NodeJS.ProcessEnv> {
  return {
    ...process.env,
    ...(await google.prepareEnvironment()),
    RUNPASS_LIVE_PROJECT: "live-project",
    RUNPASS_LIVE_REGION: "europe-west1",
    RUNPASS_LIVE_DIFFERENCES: directory,
    NODE_TEST_CONTEXT: undefined,
  };
}

async function temporaryDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "runpass-live-"));
  t.after(() => rm(directory, { recursive: true }));
  return directory;
}

/** What of a run is still there. Deleted accounts stay known for thirty days, as Google's do. */
async function leftBehind(google: Emulator): Promise<readonly string[]> {
  const text = await google.export();
  const accounts = [...text.matchAll(/email: (runpass-live\S+)\n(?: {6}.*\n)*? {6}state: (\w+)/g)];
  return [
    ...google.services().map(({ service }) => service),
    ...accounts.flatMap(([, email = "", state]) => (state === "deleted" ? [] : [email])),
  ];
}

test("what Google does otherwise is written without names, numbers or tokens, and the offline run holds the emulator to it", async (t) => {
  const directory = await temporaryDirectory(t);
  assert.deepEqual(await replay(directory), []);
  await using google = await createEmulator(otherGoogle);
  const { exitCode, stderr } = await runLive(await liveEnvironment(google, directory));
  assert.equal(exitCode, 1, stderr);
  assert.deepEqual(await leftBehind(google), ["present"]);
  const unseen = [...stderr.matchAll(/^Not seen: (.*): POST .*do not belong to a permitted customer/gm)];
  assert.deepEqual(
    unseen.map(([, name]) => name),
    ["a public service: let through without a token", "33 MiB to a container of HTTP/1: 413 (a guess: request-size)"],
  );
  assert.match(stderr, new RegExp(`^2 of ${situations.length - 2} answers differ: ${directory}`, "m"));
  const [file = ""] = await readdir(directory);
  const text = await readFile(join(directory, file), "utf8");
  assert.doesNotMatch(text, /live-project|europe-west1|@|987654321098|eyJ|ya29|run\.app/);
  const recorded = JSON.parse(text) as LiveDifferences;
  const path = "an audience with a path: 401 (a guess: audience-path)";
  const adc = "a person's token for Application Default Credentials: 401 (a guess: adc-client)";
  assert.deepEqual(
    recorded.differences.map(({ step, google: theirs, emulator }) => [step, theirs.status, emulator?.status]),
    [
      [adc, 200, 401],
      [path, 200, 401],
    ],
  );
  assert.deepEqual(await replay(directory), [`${file}: ${adc}`, `${file}: ${path}`]);
  const accepted = "a false alarm is better than a false comfort";
  const differences = recorded.differences.map((each) => (each.step === adc ? { ...each, accepted } : each));
  await writeDifferences(directory, { ...recorded, differences });
  assert.deepEqual(await replay(directory), [`${file}: ${path}`]);
});

test("a live run that is interrupted removes what it has made", async (t) => {
  await using google = await createEmulator(liveWorld);
  const env = await liveEnvironment(google, await temporaryDirectory(t));
  const running = spawn(process.execPath, ["--no-warnings", main], { env, stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(running, "close");
  while (google.services().length < 3) await delay(20); // without a pause it would slow down whom it waits for
  running.kill("SIGINT");
  assert.equal((await ended)[0], 130);
  assert.deepEqual(await leftBehind(google), ["present"]);
});

test("the emulator does what Google was seen to do in every live run that is kept", async () => {
  assert.deepEqual(await replay(join(import.meta.dirname, "../live/differences")), []);
});
