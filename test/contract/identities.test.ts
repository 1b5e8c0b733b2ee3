import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { clients } from "./identities/clients.ts";
import { prepareKinds } from "./identities/kinds.ts";
import type { Kinds } from "./identities/kinds.ts";
import { cellOf, parseTable } from "./identities/table.ts";
import { volume } from "../support/volume.ts";

const committed = parseTable(readFileSync(join(import.meta.dirname, "../../docs/identities.md"), "utf8"));
let prepared: Kinds;
before(async () => {
  prepared = await prepareKinds();
});
after(() => prepared[Symbol.asyncDispose]());

/** gcloud takes its time: a share for it is one kind of each sort. */
const inShort: readonly string[] = ["`authorized_user` of gcloud", "`external_account` with an impersonation URL"];

// Side by side, as one of them waits for a metadata server that is not there.
suite("docs/identities.md", { concurrency: true }, () => {
  for (const client of clients) {
    test(`what it says of ${client.name} is what it does`, { skip: client.missing }, async () => {
      const { subject, kinds } = prepared;
      const share = client.name === "gcloud" ? kinds.filter(({ name }) => inShort.includes(name)) : kinds;
      const asked = volume({ full: kinds, share });
      const outcomes = await client.ask(subject, asked);
      for (const [index, kind] of asked.entries()) {
        const outcome = outcomes[index] ?? { error: "not asked" };
        const why = "error" in outcome ? `${kind.name}: ${outcome.error}` : kind.name;
        assert.equal(await cellOf(subject, outcome), committed.get(kind.name)?.get(client.name), why);
      }
    });
  }
});

test("by runpass every kind of credential reaches the service, by itself or as a service account", () => {
  const reached = [...committed].filter(([, row]) => row.get("runpass")?.endsWith("200")).map(([kind]) => kind);
  for (const kind of committed.keys()) {
    const name = kind.replace(/, impersonating$/, "");
    // Whether Cloud Run takes ADC's client is unsure; the emulator refuses it, as a false alarm is better than a false comfort.
    if (name.includes("application default credentials")) continue;
    assert.ok(reached.includes(name) || reached.includes(`${name}, impersonating`), kind);
  }
});
