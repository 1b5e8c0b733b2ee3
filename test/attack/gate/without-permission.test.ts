import { before, test } from "node:test";
import { loadConditions } from "../../../src/gate/gate.ts";
import { account, assertAdmitted, assertRefused, createFixture, mint, user, userClaims } from "./fixture.ts";

before(loadConditions);

const role = "roles/run.invoker";
const whole = { role, members: [`serviceAccount:${account.email}`] };

const grantNothing = {
  "no bindings": [],
  "another account": [{ role, members: ["serviceAccount:other@demo.iam.gserviceaccount.com"] }],
  "the same e-mail as a user": [{ role, members: [`user:${account.email}`] }],
  "the same e-mail as a group": [{ role, members: [`group:${account.email}`] }],
  "the same e-mail deleted": [{ role, members: [`deleted:serviceAccount:${account.email}?uid=${account.subject}`] }],
  "the e-mail's domain": [{ role, members: ["domain:demo.iam.gserviceaccount.com"] }],
  "a longer e-mail": [
    { role, members: [`serviceAccount:x${account.email}`, `serviceAccount:${account.email}.evil.example`] },
  ],
  "the unique id": [{ role, members: [`serviceAccount:${account.subject}`, account.subject] }],
  "an e-mail without a type": [{ role, members: [account.email] }],
  "a federated principal": [
    { role, members: [`principal://iam.googleapis.com/${account.email}`, `principalSet://iam.googleapis.com/*`] },
  ],
  "a type in another case": [{ role, members: [`serviceaccount:${account.email}`, "allusers", "ALLUSERS"] }],
  "a role that cannot invoke": [
    { ...whole, role: "roles/run.viewer" },
    { ...whole, role: "roles/viewer" },
  ],
  "an unknown role": [
    { ...whole, role: "roles/run.routes.invoke" },
    { ...whole, role: "projects/demo/roles/invoker" },
  ],
  "the permission as a role": [{ ...whole, role: "run.routes.invoke" }],
  "a condition that is false": [{ ...whole, condition: { title: "never", expression: "false" } }],
  "a condition that cannot be evaluated": [
    { ...whole, condition: { title: "name", expression: 'resource.name.startsWith("projects/")' } },
  ],
  "a condition that does not parse": [{ ...whole, condition: { title: "broken", expression: "true ||" } }],
  "an empty condition": [{ ...whole, condition: { expression: "" } }],
  "a binding without members": [{ role, members: [] }],
};

for (const [form, bindings] of Object.entries(grantNothing)) {
  test(`${form} gives no permission`, () => {
    const fixture = createFixture();
    fixture.world.bindings = bindings;
    fixture.world.projectBindings = bindings;
    assertRefused(fixture.decideToken(mint()), 403, "permission", mint());
    assertRefused(fixture.decide([]), 403, "permission");
  });
}

test("a binding that is taken away ends the permission at once", () => {
  const fixture = createFixture();
  const token = mint();
  assertAdmitted(fixture.decideToken(token));
  fixture.world.bindings = [];
  fixture.world.revision += 1;
  assertRefused(fixture.decideToken(token), 403, "permission");
});

test("one principal's permission is not another's", () => {
  const fixture = createFixture();
  fixture.world.bindings = [whole];
  assertAdmitted(fixture.decideToken(mint()));
  assertRefused(fixture.decideToken(mint(userClaims)), 403, "permission");
});

test("permission for one service is not permission for another", () => {
  const fixture = createFixture();
  const token = mint();
  assertAdmitted(fixture.decideToken(token));
  fixture.world.bindings = [];
  fixture.world.service = { ...fixture.world.service, name: "projects/demo/locations/us-central1/services/other" };
  assertRefused(fixture.decideToken(token), 403, "permission");
});

const grants = {
  "the account, in any case": [{ role, members: [`serviceAccount:${account.email.toUpperCase()}`] }],
  "every account": [{ role, members: ["allAuthenticatedUsers"] }],
  "a group": [{ role, members: ["group:callers@example.com"] }],
  "another binding beside a conditional one": [{ ...whole, condition: { expression: "false" } }, whole],
  "a condition that is true": [{ ...whole, condition: { title: "always", expression: "true" } }],
  owner: [{ ...whole, role: "roles/owner" }],
};

for (const [form, bindings] of Object.entries(grants)) {
  for (const level of ["bindings", "projectBindings"] as const) {
    test(`the control: ${form} in ${level} gives permission`, () => {
      const fixture = createFixture();
      fixture.world.groups = ["callers@example.com"];
      fixture.world.bindings = [];
      fixture.world[level] = bindings;
      assertAdmitted(fixture.decideToken(mint()));
    });
  }
}

test("a domain's users have its permission, users of domains that end alike do not", () => {
  const fixture = createFixture();
  fixture.world.bindings = [{ role, members: ["domain:example.com"] }];
  assertAdmitted(fixture.decideToken(mint(userClaims)));
  for (const email of ["dev@evil-example.com", "dev@sub.example.com", "example.com@evil.test"]) {
    fixture.world.principals.set(user.subject, { ...user, email });
    fixture.world.revision += 1;
    assertRefused(fixture.decideToken(mint(userClaims)), 403, "permission");
  }
});
