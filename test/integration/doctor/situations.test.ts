import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { Diagnosis, Link } from "../../../src/doctor/finding.ts";
import type { Policy } from "../../../src/google/policy.ts";
import { loadConditions } from "../../../src/gate/condition.ts";
import { callAs, serviceName } from "../../contract/fixture.ts";
import type { Subject } from "../../contract/fixture.ts";
import { createCommandLine } from "../../support/command-line.ts";
import type { CommandLine, CommandOptions } from "../../support/command-line.ts";
import { createEmulatorFetch } from "../../support/emulator-fetch.ts";
import { otherSituations } from "./other-situations.ts";
import { policySituations } from "./policy-situations.ts";
import { email, worldOf } from "./worlds.ts";
import type { Situation } from "./worlds.ts";

before(loadConditions);

const situations = { ...policySituations, ...otherSituations };

/** The rules by which the front end refuses where a link is the cause; of others it never hears. */
const rulesOf: Readonly<Partial<Record<Link, readonly string[]>>> = {
  policy: ["permission", "deny policy"],
  call: ["permission", "reserved path", "path"],
  propagation: ["permission", "credential"],
  ingress: ["ingress"],
  audience: ["audience"],
  clock: ["lifetime"],
};

for (const [name, situation] of Object.entries<Situation>(situations)) {
  test(`doctor finds ${situation.cause ?? "nothing"}: ${name}`, async () => {
    await using line = await createCommandLine(situation.world ?? worldOf());
    const { words = ["my-service"] } = situation;
    await using network = await createEmulatorFetch(line.variables);
    const own = situation.options;
    const options: CommandOptions = own?.variables ? own : { ...own, fetch: network.fetch };
    await situation.before?.(line);
    const call = ["doctor", ...(words[0]?.startsWith("--") ? ["my-service", ...words] : words), "--format", "json"];
    const { exitCode, stdout, stderr } = await line.runpass(call, options);
    assert.doesNotMatch(stdout + stderr, /eyJ|ya29\.|1\/\/emulator/, "a secret is shown");
    const diagnosis = JSON.parse(stdout) as Diagnosis;
    assert.equal(diagnosis.cause, situation.cause, stdout);
    assert.equal(exitCode, situation.exitCode, stdout);
    compareWithTruth(line, situation, stdout);
    if (situation.verdict) assert.match(diagnosis.verdict, situation.verdict);
    const planned = (diagnosis.repair?.grants ?? []).flatMap(({ role, members }) =>
      members.map((member) => [role, member]),
    );
    if (situation.grants || diagnosis.repair?.allowed === "yes") assert.deepEqual(planned, situation.grants, stdout);
    if (planned.length > 0) await checkRepair(line, call, situation, options);
  });
}

test("there are situations enough in which a call fails", () => {
  const failing = Object.values<Situation>(situations).filter(({ cause }) => cause !== undefined);
  assert.ok(failing.length >= 40, `${failing.length} only`);
});

/** What the front end decided, and by which rule. */
function compareWithTruth({ emulator }: CommandLine, { cause }: Situation, told: string): void {
  const last = emulator.trace().at(-1);
  if (cause === undefined) assert.equal(last?.allowed, true, told);
  const rules = cause && rulesOf[cause];
  if (!rules) return;
  assert.equal(last?.allowed, false, told);
  assert.ok(rules.includes(last.steps.at(-1)?.rule ?? ""), `${last.steps.at(-1)?.rule}: ${told}`);
}

/** After `--fix` the call works, and nothing was granted beyond what was said; nothing at all where the caller may not. */
async function checkRepair(
  line: CommandLine,
  call: readonly string[],
  { grants = [], world }: Situation,
  options: CommandOptions,
): Promise<void> {
  const accounts = (world ?? worldOf()).serviceAccounts.map(({ id }) => email(id));
  const old = await bindings(line, accounts);
  const fixed = await line.runpass([...call, "--fix"], options);
  const now = await bindings(line, accounts);
  const gained = now.filter((binding) => !old.includes(binding));
  assert.deepEqual(gained.toSorted(), grants.map(([role, member]) => `${role} ${member}`).toSorted());
  const isCured = grants.length > 0;
  assert.equal(fixed.exitCode === 0, isCured, fixed.stdout);
  assert.equal(line.emulator.trace().at(-1)?.allowed, isCured);
}

/** Every role without a condition that somebody has on the service or an account. */
async function bindings(line: CommandLine, accounts: readonly string[]): Promise<readonly string[]> {
  const subject = line as unknown as Subject;
  const read = (method: string, path: string): Promise<Policy> =>
    callAs<Policy>(subject, "admin@example.com", method, `${path}:getIamPolicy?options.requestedPolicyVersion=3`);
  const all = await Promise.all([
    read("GET", `/v1/${serviceName}`),
    ...accounts.map((each) => read("POST", `/v1/projects/demo-project/serviceAccounts/${each}`)),
  ]);
  return all.flatMap((policy) =>
    (policy.bindings ?? []).flatMap(({ role, members, condition }) =>
      condition ? [] : members.map((member) => `${role} ${member}`),
    ),
  );
}
