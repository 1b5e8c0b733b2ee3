import assert from "node:assert/strict";
import { test } from "node:test";
import { createCommandLine } from "../support/command-line.ts";

test("with --metadata a command finds a metadata server as that account, and no credentials file", async () => {
  await using line = await createCommandLine();
  const address = "http://$GCE_METADATA_HOST/computeMetadata/v1/instance/service-accounts/default/email";
  const script = [
    `email=$(curl -fsS -H "Metadata-Flavor: Google" "${address}")`,
    'test "$email" = invoker@demo-project.iam.gserviceaccount.com || exit 3',
    'test -z "$GOOGLE_APPLICATION_CREDENTIALS$NO_GCE_CHECK" || exit 4',
    'test ! -e "$CLOUDSDK_CONFIG/application_default_credentials.json" || exit 5',
    'test "$RUNPASS_CREDENTIALS" = metadata || exit 6',
  ].join("\n");
  const result = await line.runpass(["emulator", "exec", "--metadata", "invoker", "--", "sh", "-c", script]);
  assert.equal(result.exitCode, 0, result.stderr);
});
