import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { curlStatus, missingCommand, startSubject } from "../fixture.ts";
import { gcloudOutput } from "./run-gcloud.ts";

const skip = missingCommand("gcloud");

test("gcloud deploys, updates, replaces and deletes a service, and the gate follows at once", { skip }, async () => {
  await using subject = await startSubject();
  const gcloud = (...args: readonly string[]): Promise<string> =>
    gcloudOutput(subject, ["run", ...args], "admin@example.com");
  const image = ["--image", "gcr.io/example/app"];
  const url = await gcloud("deploy", "web", ...image, "--no-allow-unauthenticated", "--format=value(status.url)");
  assert.match(url, /^https:\/\/web-/);
  assert.equal(await curlStatus(subject, url), 403);
  await gcloud("deploy", "web", ...image, "--allow-unauthenticated", "--tag=green");
  assert.equal(await curlStatus(subject, url), 200);
  assert.equal(await curlStatus(subject, url.replace("https://", "https://green---")), 200);
  await gcloud("services", "update", "web", "--ingress=internal", "--add-custom-audiences=https://a.example");
  assert.equal(await curlStatus(subject, url), 404);
  const file = join(subject.variables["CLOUDSDK_CONFIG"]!, "web.yaml");
  const exported = await gcloud("services", "describe", "web", "--format=export");
  await writeFile(file, exported.replace("ingress: internal", "ingress: all"));
  await gcloud("services", "replace", file);
  assert.equal(await curlStatus(subject, url), 200);
  assert.equal(subject.emulator.services().length, 2);
  await gcloud("services", "delete", "web");
  assert.equal(subject.emulator.services().length, 1);
  assert.equal(await curlStatus(subject, url), 404);
});
