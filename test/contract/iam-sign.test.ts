import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { missingCommand, startSubject, worldWith } from "./fixture.ts";
import { runGcloud } from "./gcloud/run-gcloud.ts";

const skip = missingCommand("gcloud");

test(
  "gcloud signs a JWT as a service account, and jose verifies it by the account's published keys",
  { skip },
  async () => {
    const role = "roles/iam.serviceAccountTokenCreator";
    await using subject = await startSubject(
      worldWith({ serviceAccount: [{ role, members: ["user:dev@example.com"] }] }),
    );
    const directory = subject.variables["CLOUDSDK_CONFIG"]!;
    const [input, output] = [join(directory, "claims.json"), join(directory, "signed.jwt")];
    const exp = Math.floor(Date.now() / 1000) + 3600;
    await writeFile(input, JSON.stringify({ sub: "someone", exp }));
    const { serviceAccount } = subject;
    const args = ["iam", "service-accounts", "sign-jwt", input, output, `--iam-account=${serviceAccount}`];
    const { code, stderr } = await runGcloud(subject, args);
    assert.equal(code, 0, stderr);
    const keys = createRemoteJWKSet(
      new URL(`${subject.emulator.url}/service_accounts/v1/metadata/jwk/${serviceAccount}`),
    );
    const { payload } = await jwtVerify((await readFile(output, "utf8")).trim(), keys);
    assert.deepEqual(payload, { sub: "someone", exp });
  },
);
