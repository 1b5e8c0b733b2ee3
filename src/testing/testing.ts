/**
 * Private Cloud Run services in your own tests, offline: Google's answers, real tokens, a clock that you move.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { spawnSync } from "node:child_process";
 * import { test } from "node:test";
 * import { createEmulator, defaultWorld } from "runpass/testing";
 *
 * test("the job calls the private service as its own account", async () => {
 *   const member = "serviceAccount:invoker@demo-project.iam.gserviceaccount.com";
 *   const services = defaultWorld.services.map((service) => ({
 *     ...service,
 *     backend: "http://127.0.0.1:3000", // your server under test; without it, an echo
 *     bindings: [{ role: "roles/run.invoker", members: [member] }],
 *   }));
 *   await using emulator = await createEmulator({ ...defaultWorld, services });
 *   const variables = await emulator.prepareEnvironment();
 *   // asynchronously: the emulator runs in this process
 *   const child = spawn("node", ["job.js"], { env: { ...process.env, ...variables } });
 *   await once(child, "exit");
 *   assert.equal(emulator.trace().at(-1)?.principal, member);
 *   emulator.clock.advanceMs(3_600_000); // every token has expired
 * });
 *
 * @module
 */
export type { Clock, MovableClock } from "../core/clock.ts";
export { createMovableClock } from "../core/clock.ts";
export { createEmulator } from "../emulator/create-emulator.ts";
export type { Emulator, EmulatorOptions, TraceEntry } from "../emulator/emulator.ts";
export type { Faults } from "../emulator/trouble/faults.ts";
export type { Fault, TroubleChange, WorldRough, WorldTrouble } from "../emulator/world/world-trouble.ts";
export type { KeyRotation } from "../emulator/keys.ts";
export type { UserChange } from "../emulator/user-change.ts";
export type { SubjectTokenOptions } from "../emulator/federation/test-issuer.ts";
export type { WorldIdentityPool, WorldIdentityProvider, WorldWorkloadPool } from "../emulator/world/world-pools.ts";
export type { WorkforceSignIn } from "../emulator/federation/workforce-sign-in.ts";
export type { MetadataServer, MetadataServerOptions } from "../emulator/metadata/metadata-server.ts";
export { parseWorldFile } from "../emulator/world/world-file.ts";
export type { ExternalAccountAuthorizedUserKey } from "../google/sts.ts";
export type { PushAttempt, PushOptions, PushReport } from "../emulator/push/push.ts";
export { defaultWorld } from "../emulator/world/world.ts";
export type {
  World,
  WorldBackend,
  WorldCommand,
  WorldDenyPolicy,
  WorldFolder,
  WorldNode,
  WorldOrganization,
  WorldDefaults,
  WorldGroup,
  WorldOAuthClient,
  WorldImage,
  WorldProject,
  WorldService,
  WorldServiceAccount,
  WorldUser,
} from "../emulator/world/world.ts";
