import { RunpassError } from "../../core/errors.ts";
import { redact } from "../../core/redact.ts";
import { gcloudClientId } from "../../google/oauth.ts";
import { locate } from "../../run/locate.ts";
import { verifyIdToken } from "../../tokens/verify-id-token.ts";
import type { Execute } from "../command-line/command.ts";
import type { FlagName } from "../command-line/flags.ts";
import { alignColumns } from "../columns.ts";
import { decodedLines } from "../decoded-token.ts";
import { readTokenInput } from "../read-token-input.ts";
import { parseServiceTarget } from "../service-token.ts";
import { openSession, targetText } from "../session.ts";
import type { Session } from "../session.ts";
import { sayExpiry } from "../time-in-words.ts";

export const execute: Execute = async (invocation) => {
  const { io, printer, settings } = invocation;
  const words = [...invocation.arguments, settings.text("audiences"), settings.text("token-file")];
  for (const word of words) refuseToken(word);
  // The token to be checked is not the identity that looks the service up.
  const text = (name: FlagName): string | undefined => (name === "token-file" ? undefined : settings.text(name));
  const session = openSession({ ...invocation, settings: { ...settings, text } });
  if (settings.has("show-gcloud")) {
    printer.line('curl --data-urlencode "id_token@FILE" https://oauth2.googleapis.com/tokeninfo');
    return;
  }
  const token = await readTokenInput(io, settings.text("token-file"));
  const given = settings.text("audiences");
  const target = targetText(invocation.arguments[0], io);
  const audiences =
    given === undefined ? (target === undefined ? undefined : await audiencesOf(session, target)) : [given];
  const { header, payload } = await verifyIdToken(session.context, token, { audiences });
  if (settings.format === "json") {
    const keys = session.emulatorUrl === undefined ? "google" : "emulator";
    printer.json({ valid: true, keys, audienceChecked: audiences !== undefined, header, claims: payload });
    return;
  }
  const nowMs = io.clock.nowMs();
  const rows = [
    ["good", sayExpiry(Number(payload["exp"]) * 1000, nowMs)],
    ["signed by", session.emulatorUrl === undefined ? "Google" : `[emulator] ${session.emulatorUrl}`],
    [
      "audience",
      audiences === undefined ? "not checked: name a TARGET, or give --audience" : `right for ${given ?? target}`,
    ],
  ];
  for (const line of [...alignColumns(rows), ...decodedLines({ header, payload }, nowMs)]) printer.line(line);
};

/** What a service takes: its addresses with and without a last slash, its custom audiences, and of users gcloud's own client. */
async function audiencesOf(session: Session, text: string): Promise<readonly string[]> {
  const { context, project, region, accessToken } = session;
  const target = parseServiceTarget(text);
  const { audience, service } = await locate(context, { target, project, region, accessToken });
  const urls = service?.urls ?? (audience === undefined ? [] : [audience]);
  if (urls.length === 0) {
    throw new RunpassError({
      code: "invalid_argument",
      message: `What ${text} takes as an audience is not known`,
      fix: "Give the audience with --audience.",
    });
  }
  return [...urls.flatMap((url) => [url, `${url}/`]), ...(service?.customAudiences ?? []), gcloudClientId];
}

function refuseToken(word: string | undefined): void {
  if (word === undefined || (redact(word) === word && !/^[\w-]{30,}\.[\w-]{30,}\./.test(word))) return;
  throw new RunpassError({
    code: "invalid_argument",
    message: "A token is not taken as an argument",
    why: "every program on this machine can read the arguments of others, and shells keep them in their history",
    fix: "Give it on standard input: runpass verify < FILE, or with --token-file FILE; get a new one if others may have seen it.",
  });
}
