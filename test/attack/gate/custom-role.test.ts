import { test } from "node:test";
import { account, assertAdmitted, assertRefused, createFixture, mint } from "./fixture.ts";

const role = "projects/demo/roles/caller";
const members = [`serviceAccount:${account.email}`];

const rolesThatGiveNothing = {
  "one that is not there": new Map(),
  "one that is empty": new Map([[role, new Set<string>()]]),
  "one with other permissions": new Map([[role, new Set(["run.services.get", "run.routes.invoke2", "run.routes.*"])]]),
  "one of another project": new Map([["projects/other/roles/caller", new Set(["run.routes.invoke"])]]),
};

for (const [form, customRoles] of Object.entries(rolesThatGiveNothing)) {
  test(`a custom role gives no permission: ${form}`, () => {
    const { world, decideToken } = createFixture();
    world.customRoles = customRoles;
    world.bindings = [{ role, members }];
    assertRefused(decideToken(mint()), 403, "permission", mint());
  });
}

test("a custom role gives what is in it, until that is taken out", () => {
  const { world, decideToken } = createFixture();
  world.customRoles = new Map([[role, new Set(["run.routes.invoke"])]]);
  world.bindings = [{ role, members }];
  assertAdmitted(decideToken(mint()));
  world.customRoles = new Map([[role, new Set<string>()]]);
  world.revision += 1;
  assertRefused(decideToken(mint()), 403, "permission", mint());
});
