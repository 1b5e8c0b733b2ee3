import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fetchTokens, missingCommand, run, serviceName, startSubject } from "./fixture.ts";
import type { Subject } from "./fixture.ts";

let subject: Subject;
before(async () => {
  subject = await startSubject();
});
after(() => subject[Symbol.asyncDispose]());

function missingRuby(): string | false {
  if (missingCommand("ruby")) return "no ruby on PATH";
  const { status } = spawnSync("ruby", ["-W0", "-e", 'require "googleauth"; require "google/apis/iam_v1"']);
  return status === 0 ? false : "no ruby with googleauth and google-api-client";
}

test(
  "Google's library for Ruby sends several calls in one and tells their answers apart",
  { skip: missingRuby() },
  async () => {
    const script = join(import.meta.dirname, "clients", "batch.rb");
    const emails = [subject.serviceAccount, "nobody@demo-project.iam.gserviceaccount.com"];
    const { code, stdout, stderr } = await run(subject, "ruby", ["-W0", script, ...emails]);
    assert.equal(code, 0, stderr);
    assert.deepEqual(stdout.trim().split("\n"), [subject.serviceAccount, "Google::Apis::ClientError"]);
  },
);

test(
  "a batch may name its parts, bring a token for all and one for a part, and go to any API's host",
  { skip: missingCommand("curl") },
  async () => {
    const { access_token: token } = await fetchTokens(subject, "dev@example.com");
    const accounts = "/v1/projects/demo-project/serviceAccounts";
    const parts = [
      ["<all + first>", `GET /v2/${serviceName}?fields=name&prettyPrint=false HTTP/1.1\n`],
      ["<all + second>", `POST ${accounts} HTTP/1.1\nContent-Type: application/json\n\n{"accountId":"büro"}`],
      ["<all + third>", `GET https://iam.googleapis.com${accounts}\nAuthorization: Bearer none\n`],
      ["<all + fourth>", "POST /batch HTTP/1.1\n"],
    ] as const;
    const part = ([id, request]: readonly [string, string]): string =>
      `--=-b-=\nContent-Type: application/http\nContent-ID: ${id}\n\n${request}\n`;
    const body = `preamble\n${parts.map(part).join("")}--=-b-=--\n`;
    const args = [
      "-sS",
      "-H",
      `Authorization: Bearer ${token}`,
      "-H",
      'Content-Type: multipart/mixed; boundary="=-b-="',
    ];
    const send = (url: string, data: string): ReturnType<typeof run> =>
      run(subject, "curl", [...args, "--data-binary", data, url]);
    for (const url of ["https://www.googleapis.com/batch/iam/v1", `${subject.emulator.url}/batch`]) {
      const { stdout } = await send(url, body);
      const answers = stdout.split(/\r\n--batch_[\w-]+(?:--)?\r\n|^--batch_[\w-]+\r\n/).slice(1, -1);
      assert.deepEqual(
        answers.map((answer) => /Content-ID: (.*)\r/.exec(answer)?.[1]),
        parts.map(([id]) => id.replace("<", "<response-")),
      );
      assert.deepEqual(
        answers.map((answer) => /HTTP\/1\.1 (\d+) /.exec(answer)?.[1]),
        ["200", "403", "401", "501"],
      );
      assert.match(answers[0]!, new RegExp(`\\r\\n\\r\\n{"name":"${serviceName}"}$`));
    }
    for (const broken of ["", "--=-b-=--", "--=-b-=\n\nnonsense\n--=-b-=--"]) {
      const { stdout } = await send("https://iam.googleapis.com/batch", broken);
      assert.equal(JSON.parse(stdout).error.status, "INVALID_ARGUMENT", broken);
    }
  },
);
