import { decodeJwt } from "../../google/id-token.ts";
import type { IdToken } from "../../tokens/id-tokens.ts";
import type { Execute, Invocation } from "../command-line/command.ts";
import { gcloudTokenLine } from "../gcloud-token-line.ts";
import { getServiceToken, locateService, parseServiceTarget } from "../service-token.ts";
import { openSession, targetText } from "../session.ts";
import { sayExpiry } from "../time-in-words.ts";

export const execute: Execute = async (invocation) => {
  const { io, settings, printer } = invocation;
  const session = openSession(invocation);
  const text = targetText(invocation.arguments[0], io);
  const target = text === undefined ? undefined : parseServiceTarget(text);
  if (settings.has("show-gcloud")) {
    printer.line(gcloudTokenLine(session, settings, target));
    return;
  }
  const idToken = await getServiceToken(session, settings, async () =>
    target ? (await locateService(session, settings, target)).audience : undefined,
  );
  await print(idToken, invocation);
  if (io.stdout.isTTY === true && saysNothingElse.includes(settings.format)) {
    const asWhom = session.impersonate?.at(-1) ?? idToken.principal ?? "unknown";
    const expiry = sayExpiry(idToken.expiresAtMs, io.clock.nowMs());
    printer.note(printer.noteStyle.dim(`${asWhom} · audience ${idToken.audience} · ${expiry}`));
  }
};

/** Forms that hold the token and nothing else. */
const saysNothingElse: readonly string[] = ["token", "header", "headers-json"];

async function print(idToken: IdToken, { io, printer, settings }: Invocation): Promise<void> {
  const { token, audience, principal, expiresAtMs, source } = idToken;
  switch (settings.format) {
    case "header":
      return printer.secret(`Authorization: Bearer ${token}`);
    case "headers-json":
      return printer.secret(JSON.stringify({ Authorization: `Bearer ${token}` }));
    case "json": {
      const expiresAt = new Date(expiresAtMs).toISOString();
      return printer.secret(JSON.stringify({ token, audience, principal, expiresAt, source }, null, 2));
    }
    case "decoded": {
      const { decodedLines } = await import("../decoded-token.ts");
      const decoded = decodeJwt(token);
      for (const line of decoded ? decodedLines(decoded, io.clock.nowMs()) : []) printer.line(line);
      return undefined;
    }
    default:
      return printer.secret(token);
  }
}
