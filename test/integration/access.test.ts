import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { World } from "../../src/emulator/world/world.ts";
import { loadConditions } from "../../src/gate/condition.ts";
import { acmeWorld, innerFolderId, organizationId } from "../support/acme-world.ts";
import { createApiClient } from "../support/api-client.ts";
import { contextOf } from "../support/api-context.ts";
import { createCommandLine } from "../support/command-line.ts";
import { createGroupReader } from "../../src/access/groups.ts";
import { listAccess } from "../../src/access/access.ts";
import type { Access } from "../../src/access/access.ts";
import { formatDot, formatMermaid } from "../../src/access/graph.ts";
import { whetherCanCall } from "../../src/access/whether.ts";

before(loadConditions);

const service = {
  kind: "service",
  name: { project: "demo-project", region: "us-central1", service: "my-service" },
} as const;
const invoker = "roles/run.invoker";
const account = "serviceAccount:invoker@demo-project.iam.gserviceaccount.com";
const ended = { title: "for a while", expression: 'request.time < timestamp("2020-01-01T00:00:00Z")' };

const owner = [{ role: "roles/owner", members: ["user:admin@example.com"] }];

/** Somebody on every level, each in another way. */
function richWorld(): World {
  const world = acmeWorld({
    groups: [{ email: "team@example.com", members: ["user:dev@example.com"] }],
    service: {
      bindings: [
        { role: invoker, members: [account, "group:team@example.com"] },
        { role: invoker, members: ["user:dev@example.com"], condition: ended },
      ],
    },
    project: { bindings: owner },
    inner: { bindings: [{ role: "roles/run.admin", members: ["domain:example.com"] }] },
    organization: { bindings: [...owner, { role: "roles/iam.securityReviewer", members: ["user:admin@example.com"] }] },
  });
  const bindings = [{ role: "roles/iam.serviceAccountTokenCreator", members: ["user:dev@example.com"] }];
  return { ...world, serviceAccounts: world.serviceAccounts.map((each) => ({ ...each, bindings })) };
}

async function accessAs(email: string, world: World = richWorld()): Promise<Access> {
  return listAccess(contextOf(createApiClient(world), email), service, "unused");
}

test("who can call is listed by every level, with what does not count, and why", async () => {
  const { rows, public: isPublic, unread } = await accessAs("admin@example.com");
  assert.equal(isPublic, false);
  assert.deepEqual(
    rows.map(({ member, through, resource, counts }) => [member, through, resource.split("/").at(-1), counts]),
    [
      [account, "service", "my-service", "yes"],
      ["group:team@example.com", "service", "my-service", "yes"],
      ["user:dev@example.com", "service", "my-service", "no"],
      ["user:admin@example.com", "project", "demo-project", "yes"],
      ["domain:example.com", "folder", innerFolderId, "yes"],
      ["user:admin@example.com", "organization", organizationId, "yes"],
    ],
  );
  assert.equal(rows[2]?.until, "2020-01-01T00:00:00.000Z");
  assert.match(rows[2]?.why ?? "", /does not hold now/);
  assert.deepEqual(unread, []);
});

test("who can act as a caller, and who could let themselves in, is listed too", async () => {
  const { impersonators, givers } = await accessAs("admin@example.com");
  assert.deepEqual(
    impersonators.map(({ member, as, permission }) => [member, as, permission]),
    [
      ["user:dev@example.com", account.slice("serviceAccount:".length), "iam.serviceAccounts.getOpenIdToken"],
      ["user:admin@example.com", account.slice("serviceAccount:".length), "iam.serviceAccountKeys.create"],
      ["user:admin@example.com", account.slice("serviceAccount:".length), "iam.serviceAccountKeys.create"],
    ],
  );
  assert.deepEqual([...new Set(givers.map(({ member }) => member))], ["user:admin@example.com", "domain:example.com"]);
});

test("what custom roles give is listed, to callers as to those who could let themselves in", async () => {
  const roles = [
    { id: "caller", includedPermissions: ["run.routes.invoke"] },
    { id: "keeper", includedPermissions: ["run.services.getIamPolicy", "run.services.setIamPolicy"] },
    { id: "former", includedPermissions: ["run.routes.invoke"], stage: "DISABLED" as const },
  ];
  const named = (id: string): string => `projects/demo-project/roles/${id}`;
  const bindings = roles.map(({ id }) => ({ role: named(id), members: [`user:${id}@example.com`] }));
  const users = roles.map(({ id }) => ({ email: `${id}@example.com` }));
  const looker = { role: "roles/run.viewer", members: ["user:looker@example.com"] };
  const world = acmeWorld({
    users: [...users, { email: "looker@example.com" }],
    project: { bindings: [...owner, looker], roles },
    service: { bindings },
  });
  const of = (rows: Access["rows"]): unknown => rows.map(({ member, role, counts }) => [member, role, counts]);
  const all = await accessAs("admin@example.com", world);
  assert.deepEqual(of(all.rows), [
    ["user:caller@example.com", named("caller"), "yes"],
    ["user:admin@example.com", "roles/owner", "yes"],
  ]);
  assert.deepEqual(of(all.givers), [
    ["user:keeper@example.com", named("keeper"), "yes"],
    ["user:admin@example.com", "roles/owner", "yes"],
  ]);
  const some = await accessAs("looker@example.com", world);
  assert.deepEqual(
    some.rows.map(({ counts, why }) => [counts, why]),
    roles.map(() => ["unknown", "a custom role: what it holds could not be read: iam.roles.get is missing"]),
  );
  assert.deepEqual(some.givers, []);
});

test("what the caller may not read is named with the permission that is missing", async () => {
  const { rows, unread } = await accessAs(
    "dev@example.com",
    acmeWorld({ project: { bindings: [{ role: "roles/run.viewer", members: ["user:dev@example.com"] }] } }),
  );
  assert.deepEqual(rows, []);
  assert.ok(
    unread.some(
      ({ what, permission }) =>
        what === "the policy of projects/demo-project" && permission === "resourcemanager.projects.getIamPolicy",
    ),
  );
  assert.ok(unread.some(({ what }) => what === `the policy of organizations/${organizationId}`));
});

test("a service's policy that cannot be read is an error that names the permission", async () => {
  const world = acmeWorld({ project: { bindings: [] } });
  await assert.rejects(accessAs("dev@example.com", world), {
    code: "permission_denied",
    message: /run\.services\.getIamPolicy/,
  });
});

test("one principal's answer comes with its path", async () => {
  const context = contextOf(createApiClient(richWorld()), "admin@example.com");
  const access = await listAccess(context, service, "unused");
  const readGroups = createGroupReader(context, "unused", "demo-project");
  const whether = (member: string): ReturnType<typeof whetherCanCall> =>
    whetherCanCall(context, access, member, readGroups);
  const stranger = await whether("user:stranger@else.example");
  assert.equal(stranger.answer, "unknown");
  assert.ok(stranger.effective.outcome === "unknown");
  assert.match(stranger.effective.because.join(), /may be in group:team@example\.com/);
  const dev = await whether("user:dev@example.com");
  assert.equal(dev.answer, "yes");
  assert.ok(dev.effective.outcome === "allowed");
  assert.equal(dev.effective.through.resource, `folders/${innerFolderId}`);
});

test("groups are looked into where the asker may, and never guessed (a guess: group-visibility)", async () => {
  const world = acmeWorld({
    service: {
      bindings: [
        { role: "roles/run.invoker", members: ["group:team@example.com"] },
        { role: "roles/run.admin", members: ["group:them@else.example"] },
      ],
    },
    groups: [
      { email: "team@example.com", members: ["group:inner@example.com"] },
      { email: "inner@example.com", members: ["user:dev@example.com"] },
      { email: "them@else.example", members: ["user:admin@example.com"] },
    ],
  });
  const context = contextOf(createApiClient(world), "dev@example.com");
  const access = await listAccess(context, service, "unused");
  const readGroups = createGroupReader(context, "unused", "demo-project");
  const dev = await whetherCanCall(context, access, "user:dev@example.com", readGroups);
  assert.ok(dev.effective.outcome === "allowed");
  assert.equal(dev.effective.through.member, "group:team@example.com");
  const other = await whetherCanCall(context, access, "user:other@example.com", readGroups);
  assert.ok(other.effective.outcome === "unknown");
  assert.match(
    other.effective.because.join("; "),
    /group:team@example\.com \(Cloud Identity shows you no membership\).*group:them@else\.example \(you may not look into/,
  );
});

test("a way leads on only over accounts that one may act as, and hidden ones are no answer", async () => {
  const email = (id: string): string => `${id}@demo-project.iam.gserviceaccount.com`;
  const answerOf = async (middle: string, who: string): Promise<string> => {
    const { users, ...world } = acmeWorld({
      project: { bindings: [{ role: "roles/iam.securityReviewer", members: ["user:admin@example.com"] }] },
      organization: { bindings: [{ role: "roles/iam.securityReviewer", members: ["user:admin@example.com"] }] },
      service: { bindings: [{ role: "roles/run.invoker", members: [account] }] },
      groups: [{ email: "team@else.example", members: ["user:dev@example.com"] }],
    });
    const creator = "roles/iam.serviceAccountTokenCreator";
    const serviceAccounts = [
      {
        id: "invoker",
        project: "demo-project",
        bindings: [{ role: creator, members: [`serviceAccount:${email("middle")}`] }],
      },
      { id: "middle", project: "demo-project", bindings: [{ role: middle, members: [who] }] },
    ];
    const context = contextOf(createApiClient({ ...world, users, serviceAccounts }), "admin@example.com");
    const access = await listAccess(context, service, "unused");
    const readGroups = createGroupReader(context, "unused", "demo-project");
    return (await whetherCanCall(context, access, "user:dev@example.com", readGroups)).answer;
  };
  assert.equal(await answerOf("roles/iam.serviceAccountTokenCreator", "user:dev@example.com"), "yes");
  assert.equal(await answerOf("roles/iam.serviceAccountOpenIdTokenCreator", "user:dev@example.com"), "no");
  assert.equal(await answerOf("roles/iam.serviceAccountTokenCreator", "group:team@else.example"), "unknown");
});

test("where there are more accounts than are followed, that is said, and nobody's no is taken for sure", async () => {
  const ids = Array.from({ length: 101 }, (_, index) => `caller-${index}`);
  const members = ids.map((id) => `serviceAccount:${id}@demo-project.iam.gserviceaccount.com`);
  const world = acmeWorld({ project: { bindings: owner }, service: { bindings: [{ role: invoker, members }] } });
  const serviceAccounts = [...world.serviceAccounts, ...ids.map((id) => ({ id, project: "demo-project" }))];
  const context = contextOf(createApiClient({ ...world, serviceAccounts }), "admin@example.com");
  const access = await listAccess(context, service, "unused");
  assert.ok(access.isCut);
  assert.equal(new Set(access.impersonators.map(({ as }) => as)).size, 100);
  const readGroups = createGroupReader(context, "unused", "demo-project");
  assert.equal((await whetherCanCall(context, access, "user:dev@example.com", readGroups)).answer, "unknown");
});

test("the graph leads from people over accounts to the service", async () => {
  const access = await accessAs("admin@example.com");
  const mermaid = formatMermaid(access);
  assert.match(mermaid, /^flowchart LR\n/);
  assert.match(mermaid, /\["user:dev@example\.com"\]/);
  assert.match(mermaid, /-->\|"roles\/iam\.serviceAccountTokenCreator"\|/);
  const dot = formatDot(access);
  assert.match(
    dot,
    /"user:dev@example\.com" -> "serviceAccount:invoker@[^"]+" \[label="roles\/iam\.serviceAccountTokenCreator"/,
  );
  assert.match(dot, new RegExp(`"${account}" -> "my-service"`));
  assert.doesNotMatch(dot, /"user:dev@example\.com" -> "my-service"/, "an ended binding is no arrow");
});

test("Policy Analyzer tells who can call by policies that may not be read, to whoever may ask it", async () => {
  const looker = { role: "roles/run.viewer", members: ["user:dev@example.com"] };
  const callers = { role: invoker, members: ["user:guest@example.com"] };
  const worldWith = (analysts: readonly string[]): World =>
    acmeWorld({
      users: [{ email: "guest@example.com" }],
      organization: { bindings: [looker, callers, { role: "roles/cloudasset.viewer", members: analysts }] },
    });
  await using line = await createCommandLine(worldWith(["user:dev@example.com"]));
  const { stdout, stderr } = await line.runpass(["access", "my-service"]);
  assert.match(stdout, /user:guest@example\.com +roles\/run\.invoker +policy of organization/);
  assert.match(stderr, /Who can call by the policy of .*organizations\/\d+ is told by Policy Analyzer/);
  assert.match(stderr, /not read: .*the policy of organizations/, "who could let themselves in is not known");
  const guest = await line.runpass(["access", "my-service", "--principal", "guest@example.com"]);
  assert.equal(guest.exitCode, 0, guest.stdout);
  await using other = await createCommandLine(worldWith(["user:admin@example.com"]));
  const blind = await other.runpass(["access", "my-service"]);
  assert.doesNotMatch(blind.stdout + blind.stderr, /guest@example|Policy Analyzer/);
});

test("Google's own answer counts where a doubt is left, and is marked as Google's", async () => {
  const condition = { title: "open", expression: 'resource.matchTag("demo-project/open", "yes")' };
  const bindings = [{ role: invoker, members: ["user:guest@example.com"], condition }];
  const reader = { role: "roles/iam.securityReviewer", members: ["user:dev@example.com"] };
  const world = acmeWorld({ service: { bindings }, organization: { bindings: [reader] } });
  const answerIn = async (resourceTags: Record<string, string>): Promise<string> => {
    const projects = world.projects.map((project) => ({ ...project, resourceTags }));
    await using line = await createCommandLine({ ...world, projects });
    return (await line.runpass(["access", "my-service", "--principal", "guest@example.com"])).stdout;
  };
  assert.match(
    await answerIn({ "demo-project/open": "yes" }),
    /^yes {2}user:guest@example\.com can call .*\n {2}Policy Troubleshooter says so:\n {2}roles\/run\.invoker on .*my-service/,
  );
  assert.match(await answerIn({}), /^no {2}user:guest@example\.com cannot call .*\n {2}Policy Troubleshooter says so:/);
});

test("on the command line one principal's answer is the exit code too", async () => {
  await using line = await createCommandLine();
  const ask = async (principal: string): Promise<[number, string]> => {
    const { exitCode, stdout } = await line.runpass(["access", "my-service", "--principal", principal]);
    return [exitCode, stdout];
  };
  const [yes, how] = await ask("admin@example.com");
  assert.equal(yes, 0);
  assert.match(how, /^yes {2}user:admin@example\.com can call .*\n {2}roles\/owner on projects\/demo-project/);
  const [no, why] = await ask("dev@example.com");
  assert.equal(no, 4);
  assert.match(why, /no binding on any level gives it run\.routes\.invoke/);
  const graph = await line.runpass(["access", "my-service", "--graph", "dot"]);
  assert.match(graph.stdout, /^digraph access \{\n[^]*"user:admin@example\.com" -> "my-service"/);
});

test("ended bindings can be listed alone", async () => {
  await using line = await createCommandLine(richWorld());
  const { stdout } = await line.runpass([
    "access",
    "my-service",
    "--expired",
    "--format",
    "json",
    "--account",
    "admin@example.com",
  ]);
  const { rows } = JSON.parse(stdout) as { rows: { member: string }[] };
  assert.deepEqual(
    rows.map(({ member }) => member),
    ["user:dev@example.com"],
  );
});
