import assert from "node:assert/strict";
import { before, test } from "node:test";
import { defaultWorld } from "../../src/emulator/world/world.ts";
import type { World } from "../../src/emulator/world/world.ts";
import { loadConditions } from "../../src/gate/condition.ts";
import { acmeWorld } from "../support/acme-world.ts";
import { createCommandLine } from "../support/command-line.ts";
import type { CommandLine } from "../support/command-line.ts";

before(loadConditions);

const dev = "user:dev@example.com";
const admin = "user:admin@example.com";
const account = "serviceAccount:invoker@demo-project.iam.gserviceaccount.com";
const invoker = "roles/run.invoker";
const hourMs = 3_600_000;

interface Row {
  readonly member: string;
  readonly role: string;
  readonly through: string;
  readonly condition?: { readonly title?: string; readonly expression: string };
}

async function done({ runpass }: CommandLine, ...argv: string[]): Promise<{ stdout: string; stderr: string }> {
  const result = await runpass(argv);
  assert.equal(result.exitCode, 0, result.stderr);
  return result;
}

/** What the service's own policy gives to whom. */
async function ownRows(line: CommandLine, service = "my-service"): Promise<readonly Row[]> {
  const { stdout } = await done(line, "access", service, "--format", "json");
  return (JSON.parse(stdout) as { rows: readonly Row[] }).rows.filter(({ through }) => through === "service");
}

async function statusOf({ runpass }: CommandLine, ...argv: string[]): Promise<string> {
  const { stdout } = await runpass(["curl", ...argv, "-s", "-o", "/dev/null", "-w", "%{http_code}"]);
  return stdout;
}

/** The default world with further services, and with bindings on the first. */
function has(role: string, ...members: readonly string[]): { role: string; members: readonly string[] } {
  return { role, members };
}

function worldWith(names: readonly string[], bindings: World["services"][number]["bindings"] = []): World {
  const [first] = defaultWorld.services;
  assert.ok(first);
  return { ...defaultWorld, services: [{ ...first, bindings }, ...names.map((name) => ({ ...first, name }))] };
}

test("a grant for two hours says who and why in its condition, shows it in the diff, works, and ends by itself", async () => {
  await using line = await createCommandLine();
  const { stdout } = await done(line, "grant", "my-service", "--for", "2h", "--reason", "release, at night");
  const expression = 'request.time < timestamp("2026-11-23T14:00:00Z")';
  const title = "release, at night (by dev@example.com)";
  assert.equal(stdout, `service my-service:\n  + ${invoker}  ${dev}  if ${expression}  (${title})\n`);
  assert.deepEqual(
    (await ownRows(line)).map(({ condition }) => condition),
    [{ title, expression }],
  );
  assert.equal(await statusOf(line, "my-service"), "200");
  const again = await done(line, "grant", "my-service", "--for", "1h");
  assert.match(again.stderr, /needs nothing more/, "it ends no earlier than what is asked for");
  line.emulator.clock.advanceMs(2 * hourMs);
  assert.equal(await statusOf(line, "my-service"), "403");
});

test("a grant until a day goes beside other bindings, which stay as they are, and for good it is another", async () => {
  const other = { title: "other", expression: 'request.time < timestamp("2030-01-01T00:00:00Z")' };
  await using line = await createCommandLine(worldWith([], [{ role: invoker, members: [admin], condition: other }]));
  await done(line, "grant", "my-service", "--until", "2026-12-31");
  await done(line, "grant", "my-service");
  const title = "granted by dev@example.com";
  assert.deepEqual(
    (await ownRows(line)).map(({ member, condition }) => [member, condition]),
    [
      [admin, other],
      [dev, { title, expression: 'request.time < timestamp("2026-12-31T00:00:00Z")' }],
      [dev, undefined],
    ],
  );
});

test("both halves of calling as an account end together", async () => {
  await using line = await createCommandLine();
  await done(line, "grant", "my-service", "--as", "invoker", "--for", "30m");
  assert.equal(await statusOf(line, "--as", "invoker", "my-service"), "200");
  line.emulator.clock.advanceMs(hourMs / 2);
  assert.equal((await line.runpass(["token", "my-service", "--as", "invoker", "--no-cache"])).exitCode, 4);
});

test("a revoke takes back what ends by itself too, and tells of conditions that it leaves", async () => {
  const condition = { title: "tagged", expression: 'resource.matchTag("1/env", "prod")' };
  await using line = await createCommandLine(worldWith([], [{ role: invoker, members: [dev], condition }]));
  await done(line, "grant", "my-service", "--for", "2h");
  const { stdout, stderr } = await done(line, "revoke", "my-service");
  assert.match(
    stdout,
    /^service my-service:\n {2}- roles\/run\.invoker {2}user:dev@example\.com {2}if request\.time < .*\n$/,
  );
  assert.match(
    stderr,
    /user:dev@example\.com keeps roles\/run\.invoker in the service's policy, if resource\.matchTag/,
  );
  assert.deepEqual(
    (await ownRows(line)).map((row) => row.condition),
    [condition],
  );
});

test("a revoke tells what groups and custom roles leave, and of which groups that is not known", async () => {
  const [team, them] = ["group:team@example.com", "group:them@else.example"];
  const role = "projects/demo-project/roles/caller";
  const roles = [{ id: "caller", includedPermissions: ["run.routes.invoke"] }];
  await using line = await createCommandLine({
    ...worldWith([], [has(invoker, dev, them), has(role, team)]),
    projects: defaultWorld.projects.map((project) => ({ ...project, roles })),
    groups: [
      { email: "team@example.com", members: [dev] },
      { email: "them@else.example", members: [] },
    ],
  });
  const { stderr } = await done(line, "revoke", "my-service");
  assert.match(stderr, /dev@example\.com keeps projects\/demo-project\/roles\/caller for group:team@example\.com in/);
  assert.doesNotMatch(stderr, /them@else/, "what is known suffices");
  await done(line, "revoke", "my-service", "--from", team, "--role", role);
  const hidden = await done(line, "revoke", "my-service");
  assert.match(
    hidden.stderr,
    /Perhaps it stays: user:dev@example\.com may be in group:them@else\.example \(you may not look into the group\), who has roles\/run\.invoker on projects/,
  );
});

test("a revoke of what has ended clears away that and nothing else, of everybody or of one", async () => {
  await using line = await createCommandLine();
  const to = (member: string, length: string): Promise<unknown> =>
    done(line, "grant", "my-service", "--to", member, "--for", length);
  await to(dev, "1h");
  await to(account, "1h");
  await to(dev, "3h");
  await done(line, "grant", "my-service", "--to", "domain:example.com");
  assert.match((await done(line, "revoke", "my-service", "--expired")).stderr, /Nothing has ended/);
  line.emulator.clock.advanceMs(2 * hourMs);
  const shown = await done(line, "revoke", "my-service", "--expired", "--show-gcloud");
  assert.match(shown.stdout, /remove-iam-policy-binding my-service .*--condition 'title=.*expression=request\.time/);
  const one = await done(line, "revoke", "my-service", "--expired", "--from", dev);
  assert.match(one.stdout, /^service my-service:\n {2}- roles\/run\.invoker {2}user:dev.*T13:00:00Z.*\n$/);
  const rest = await done(line, "revoke", "my-service", "--expired");
  assert.match(rest.stdout, /^service my-service:\n {2}- roles\/run\.invoker {2}serviceAccount:invoker@.*\n$/);
  assert.deepEqual(
    (await ownRows(line)).map(({ member, condition }) => [member, condition?.expression]),
    [
      [dev, 'request.time < timestamp("2026-11-23T15:00:00Z")'],
      ["domain:example.com", undefined],
    ],
  );
});

test("who can already through a role far above is told by which, and nothing is written", async () => {
  const reader = { role: "roles/iam.securityAdmin", members: [dev] };
  const world = acmeWorld({
    organization: { bindings: [reader] },
    outer: { bindings: [{ role: "roles/editor", members: [dev] }] },
  });
  await using line = await createCommandLine(world);
  const { stdout, stderr } = await done(line, "grant", "my-service");
  assert.equal(stdout, "");
  assert.match(
    stderr,
    /needs nothing more on service my-service: it has roles\/editor in the policy of folders\/2000000000001/,
  );
  assert.doesNotMatch(stderr, /Written/);
});

test("several targets and members are one diff and one question; a no writes nothing", async () => {
  await using line = await createCommandLine(worldWith(["api"]));
  const url = line.emulator.serviceUrl("api");
  const argv = ["grant", "my-service", "api", url, "--to", dev, "--to", account];
  const no = await line.runpass(argv, { terminal: true, stdin: "n\n", variables: { NO_COLOR: "1" } });
  assert.equal(no.stderr.match(/\[Y\/n\]/g)?.length, 1);
  assert.match(
    no.stderr,
    /service my-service:\n.*\n.*\nservice api:\n.*\n.*\nWrite all 4\? \[Y\/n\] Nothing was written/,
  );
  assert.deepEqual(await ownRows(line, "api"), []);
  await done(line, ...argv);
  for (const service of ["my-service", "api"]) {
    assert.deepEqual(
      (await ownRows(line, service)).map(({ member }) => member),
      [dev, account],
    );
  }
  const revoked = await done(line, "revoke", "my-service", "api", "--from", dev, "--format", "json");
  const { changes } = JSON.parse(revoked.stdout) as { changes: { changed: boolean; diff: unknown[] }[] };
  assert.deepEqual(
    changes.map(({ changed, diff }) => [changed, diff.length]),
    [
      [true, 1],
      [true, 1],
    ],
  );
});

test("an account is let in to several services, and the caller to the account, once", async () => {
  await using line = await createCommandLine(worldWith(["api"]));
  const { stdout } = await done(line, "grant", "my-service", "api", "--as", "invoker");
  assert.equal(stdout.match(/^service account /gm)?.length, 1);
  for (const service of ["my-service", "api"]) assert.equal(await statusOf(line, "--as", "invoker", service), "200");
});

test("who can call through a group that may be looked into needs nothing more", async () => {
  const team = "group:team@example.com";
  const world = worldWith([], [{ role: invoker, members: [team] }]);
  await using line = await createCommandLine({
    ...world,
    groups: [{ email: "team@example.com", members: [dev] }],
  });
  const { stderr } = await done(line, "grant", "my-service");
  assert.match(stderr, /user:dev@example\.com needs nothing more .* roles\/run\.invoker for group:team@example\.com/);
  await done(line, "grant", "my-service", "--to", account);
  assert.deepEqual(
    (await ownRows(line)).map(({ member }) => member),
    [team, account],
    "whoever is not seen in it does",
  );
});

test("everybody is let in only after a warning and a yes of its own", async () => {
  await using line = await createCommandLine();
  const argv = ["grant", "my-service", "--to", "allUsers"];
  const unasked = await line.runpass(argv);
  assert.equal(unasked.exitCode, 2);
  assert.match(unasked.stderr, /allUsers lets anyone at all, without a token, call service my-service/);
  assert.match(unasked.stderr, /--yes/);
  const enter = await line.runpass(argv, { terminal: true, stdin: "\n" });
  assert.match(enter.stderr, /Open it to everybody\? \[y\/N\] Nothing was written/);
  assert.deepEqual(await ownRows(line), []);
  await done(line, ...argv, "--yes");
  assert.deepEqual(
    (await ownRows(line)).map(({ member }) => member),
    ["allUsers"],
  );
});

test("what cannot work is refused before anything is sent", async () => {
  await using line = await createCommandLine();
  for (const [words, message] of [
    ["--for 2h --until 2030-01-01", /--for and --until do not go together/],
    ["--for soon", /"soon" is no length of time/],
    ["--for 0s", /would have ended before it begins/],
    ["--for 99999999999d", /is no length of time/],
    ["--until 2020-01-01", /would have ended before it begins/],
    ["--until 2030-01-01T10:00", /is no date/],
    ["--until 2030-13-01", /is no date/],
    ["--reason because", /--reason goes with --for or --until only/],
    ["--for 2h --to allUsers --yes", /A grant to allUsers cannot end by itself/],
    ["--for 2h --role roles/editor", /roles\/editor cannot end by itself/],
    ["--to deleted:user:x@example.com?uid=1", /cannot be given a role/],
  ] as const) {
    const { exitCode, stderr } = await line.runpass(["grant", "my-service", ...words.split(" ")]);
    assert.equal(exitCode, 2, stderr);
    assert.match(stderr, message);
  }
  assert.deepEqual(await ownRows(line), []);
});

test("the gcloud line of a grant that ends holds its condition as gcloud reads it", async () => {
  await using line = await createCommandLine();
  const argv = ["grant", "my-service", "--for", "2h", "--reason", "a, b", "--show-gcloud"];
  assert.equal(
    (await done(line, ...argv)).stdout,
    `gcloud run services add-iam-policy-binding my-service --member "user:$(gcloud config get-value account)" --role ${invoker} --condition '^;^title=a, b (by dev@example.com);expression=request.time < timestamp("2026-11-23T14:00:00Z")' --region us-central1 --project demo-project\n`,
  );
});

/** A world in which policies take two minutes, and a pause that lets the emulator's time pass instead of ours. */
async function lateLine(
  world: World = defaultWorld,
): Promise<CommandLine & { wait(...argv: string[]): ReturnType<CommandLine["runpass"]>; pauses: number[] }> {
  const line = await createCommandLine({ ...world, trouble: { propagationSeconds: 120 } });
  const pauses: number[] = [];
  const pause = async (delayMs: number): Promise<void> => {
    pauses.push(delayMs);
    line.emulator.clock.advanceMs(delayMs);
  };
  return { ...line, pauses, wait: (...argv) => line.runpass([...argv, "--wait"], { pause }) };
}

test("--wait on a grant returns when the front end lets the caller in, and counts up meanwhile", async () => {
  await using line = await lateLine();
  const { exitCode, stderr } = await line.wait("grant", "my-service");
  assert.equal(exitCode, 0, stderr);
  assert.match(stderr, /^policy yes, front end not yet: 0:00, usually 2 to 7 min$/m);
  assert.match(stderr, /^policy yes, front end not yet: 1:30, usually 2 to 7 min$/m);
  assert.match(stderr, /^user:dev@example\.com can now call service my-service, after 2:00\.$/m);
  assert.equal(await statusOf(line, "my-service"), "200");
  const again = await line.wait("grant", "my-service", "--format", "json");
  const { waited } = JSON.parse(again.stdout) as { waited: unknown };
  assert.deepEqual(waited, [
    {
      resource: "projects/demo-project/locations/us-central1/services/my-service",
      member: dev,
      outcome: "arrived",
      elapsedMs: 0,
    },
  ]);
});

test("--wait on both halves returns when the call as the account works", async () => {
  await using line = await lateLine();
  const { exitCode, stderr } = await line.wait("grant", "my-service", "--as", "invoker");
  assert.equal(exitCode, 0, stderr);
  assert.match(stderr, /policy yes, IAM Credentials not yet: 0:30/);
  assert.match(stderr, /user:dev@example\.com can now act as service account invoker@\S+, after 2:00/);
  assert.match(stderr, /serviceAccount:invoker@\S+ can now call service my-service/);
  assert.equal(await statusOf(line, "--as", "invoker", "my-service"), "200");
});

test("--wait on a revoke returns when the front end refuses", async () => {
  await using line = await lateLine(worldWith([], [{ role: invoker, members: [dev] }]));
  assert.equal(await statusOf(line, "my-service"), "200");
  const { exitCode, stderr } = await line.wait("revoke", "my-service");
  assert.equal(exitCode, 0, stderr);
  assert.match(stderr, /^policy no, front end still yes: 1:00, usually 2 to 7 min$/m);
  assert.match(stderr, /user:dev@example\.com can no longer call service my-service, after 2:00/);
  assert.equal(await statusOf(line, "my-service"), "403");
});

test("--wait for somebody else goes by policy, and says so", async () => {
  await using line = await lateLine();
  const { exitCode, stderr } = await line.wait("grant", "my-service", "--to", account);
  assert.equal(exitCode, 0, stderr);
  assert.match(stderr, /invoker@\S+: by policy only\. Whether it counts for service my-service yet cannot be seen/);
  assert.deepEqual(line.pauses, []);
});

test("--wait stops at once where the policies say that it never comes", async () => {
  const denyRule = {
    deniedPrincipals: ["principalSet://goog/public:all"],
    deniedPermissions: ["run.googleapis.com/routes.invoke"],
  };
  const readers = ["roles/iam.securityAdmin", "roles/run.viewer", "roles/iam.denyReviewer"];
  const denied = acmeWorld({
    project: { denyPolicies: [{ id: "no-calls", rules: [{ denyRule }] }] },
    organization: { bindings: readers.map((role) => ({ role, members: [dev] })) },
  });
  await using line = await lateLine(denied);
  const { exitCode, stderr } = await line.wait("grant", "my-service");
  assert.equal(exitCode, 4, stderr);
  assert.match(stderr, /warning: user:dev@example\.com gets nothing by it: .*no-calls/);
  assert.match(stderr, /cannot call service my-service, and waiting does not change that\n.*no-calls denies it/);
  assert.deepEqual(line.pauses, []);
  await using kept = await lateLine(worldWith([], [{ role: invoker, members: ["allAuthenticatedUsers", dev] }]));
  const revoked = await kept.wait("revoke", "my-service");
  assert.equal(revoked.exitCode, 4, revoked.stderr);
  assert.match(revoked.stderr, /can still call .*\n.*still gives it to allAuthenticatedUsers/);
  assert.deepEqual(kept.pauses, []);
  const team = "group:team@example.com";
  const groups = [{ email: "team@example.com", members: [dev] }];
  await using inTeam = await lateLine({ ...worldWith([], [has(invoker, dev, team)]), groups });
  const stays = await inTeam.wait("revoke", "my-service");
  assert.match(stays.stderr, /can still call .*\n.*still gives it to group:team@example\.com/);
});

test("--wait tells what no waiting changes, at the front end too, from what is on its way", async () => {
  const internal = worldWith(["inside"]);
  const services = internal.services.map((service) =>
    service.name === "inside" ? { ...service, ingress: "INGRESS_TRAFFIC_INTERNAL_ONLY" as const } : service,
  );
  await using line = await lateLine({ ...internal, services });
  const unreachable = await line.wait("grant", "inside");
  assert.equal(unreachable.exitCode, 4, unreachable.stderr);
  assert.match(unreachable.stderr, /waiting does not change that\n.*cannot be reached from here \(404\)/);
  const untaken = await line.wait("grant", "my-service", "--credentials", "adc");
  assert.equal(untaken.exitCode, 4, untaken.stderr);
  assert.match(untaken.stderr, /waiting does not change that\n.*does not take the token \(401\)/);
  assert.deepEqual(line.pauses, []);
  // Who cannot be seen to call cannot be seen not to.
  for (const words of [["inside"], ["my-service", "--credentials", "adc"]]) {
    const revoked = await line.wait("revoke", ...words);
    assert.equal(revoked.exitCode, 0, revoked.stderr);
    assert.match(revoked.stderr, /by policy only/);
  }
  assert.deepEqual(line.pauses, []);
});

test("--wait gives up after twenty minutes, as something to try again", async () => {
  const line = await createCommandLine({ ...defaultWorld, trouble: { propagationSeconds: 10_000 } });
  await using _ = line;
  const pause = async (): Promise<void> => line.emulator.clock.advanceMs(10 * 60_000);
  const { exitCode, stderr } = await line.runpass(["grant", "my-service", "--wait"], { pause });
  assert.equal(exitCode, 6, stderr);
  assert.match(stderr, /cannot call service my-service after 20:00/);
});
