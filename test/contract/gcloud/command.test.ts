import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { loadSqlite } from "../../../src/core/sqlite.ts";
import { curlStatus, missingCommand, run, startSubject, worldWith } from "../fixture.ts";
import { publishedCommand } from "../../support/published-command.ts";

test(
  "a login that only gcloud can use calls the service by gcloud's own command",
  { skip: missingCommand("gcloud") },
  async () => {
    const members = ["user:dev@example.com"];
    await using subject = await startSubject(worldWith({ service: [{ role: "roles/run.invoker", members }] }));
    {
      using store = new (loadSqlite().DatabaseSync)(join(subject.variables["CLOUDSDK_CONFIG"]!, "credentials.db"));
      const row = store.prepare("SELECT value FROM credentials WHERE account_id = ?").get("dev@example.com");
      const login = JSON.parse(String(row?.["value"])) as object;
      const bound = { ...login, token_uri: "https://oauth2.mtls.googleapis.com/token" };
      store.prepare("UPDATE credentials SET value = ?").run(JSON.stringify(bound));
    }
    const { code, stdout, stderr } = await run(
      subject,
      process.execPath,
      ["--no-warnings", publishedCommand, "token"],
      {
        PYTHONWARNINGS: "ignore",
      },
    );
    assert.equal(code, 0, stderr);
    const header = `Authorization: Bearer ${stdout.trim()}`;
    assert.equal(await curlStatus(subject, "-H", header, subject.serviceUrl), 200);
  },
);
