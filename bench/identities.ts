import path from "node:path";
import { systemClock } from "../src/core/clock.ts";
import type { Context } from "../src/core/context.ts";
import { silentLogger } from "../src/core/context.ts";
import { resolveCredential } from "../src/credentials/resolve.ts";
import { createFetch } from "../src/http/fetch.ts";
import { getIdToken } from "../src/tokens/id-tokens.ts";
import { run } from "../test/contract/fixture.ts";
import type { Subject } from "../test/contract/fixture.ts";
import { prepareKinds } from "../test/contract/identities/kinds.ts";
import type { Kind } from "../test/contract/identities/kinds.ts";
import type { Row } from "./row.ts";

/** The requests that the first ID token of each kind of credential takes, beside those of google-auth-library. */
export async function benchIdentities(): Promise<Row[]> {
  await using prepared = await prepareKinds();
  const { subject, kinds } = prepared;
  const rows: Row[] = [];
  for (const kind of kinds) {
    const value = await countOurs(subject, kind);
    if (value === undefined) continue; // no ID token without a service account: that is a row of its own
    const baselineValue = await countLibrary(subject, kind);
    rows.push({
      subject: `first token, ${kind.name.replaceAll("`", "")}`,
      unit: "requests",
      value,
      ...(baselineValue === undefined ? {} : { baseline: "google-auth-library", baselineValue }),
      goal: { of: "value", atMost: 2 },
    });
  }
  return rows;
}

async function countOurs(subject: Subject, { file, impersonate, variables }: Kind): Promise<number | undefined> {
  const environment = {
    variables: { ...subject.variables, ...variables },
    homeDir: "/nonexistent",
    platform: process.platform,
  };
  const fetch = createFetch({ environment });
  let requests = 0;
  const context: Context = {
    environment,
    clock: systemClock,
    fetch: (url, init) => {
      requests += 1;
      return fetch(url, init);
    },
    log: silentLogger,
  };
  const credential = await resolveCredential(context, file === undefined ? {} : { credentials: file });
  if (impersonate === undefined && !credential.givesIdToken) return undefined;
  const audience = impersonate !== undefined || credential.canChooseAudience ? subject.serviceUrl : undefined;
  await getIdToken(context, {
    credential,
    audience,
    impersonate: impersonate === undefined ? undefined : [impersonate],
    cache: false,
  });
  return requests;
}

/** @returns `undefined` where the library gives no token. */
async function countLibrary(
  subject: Subject,
  { file = "", impersonate = "", variables = {} }: Kind,
): Promise<number | undefined> {
  const script = path.join(import.meta.dirname, "..", "test", "contract", "clients", "identity.ts");
  const counter = path.join(import.meta.dirname, "count-requests.ts");
  const words = ["--no-warnings", "--import", counter, script, file, impersonate];
  const { code, stderr } = await run(subject, process.execPath, words, variables);
  return code === 0 ? Number(/^requests: (\d+)$/m.exec(stderr)?.[1]) : undefined;
}
