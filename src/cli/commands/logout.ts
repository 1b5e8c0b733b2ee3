import { RunpassError } from "../../core/errors.ts";
import { listLogins, readLogin, removeLogin } from "../../credentials/login-store.ts";
import { revokeLogin } from "../../credentials/revoke-login.ts";
import type { Execute } from "../command-line/command.ts";
import { openSession } from "../session.ts";

export const execute: Execute = async (invocation) => {
  const { io, printer, settings } = invocation;
  const { context, emulatorUrl } = openSession(invocation);
  const login = readLogin(io.environment, invocation.arguments[0]);
  if (typeof login === "string") {
    const accounts = listLogins(io.environment);
    throw new RunpassError({
      code: "not_found",
      message: "There is no login to end",
      why: accounts.length === 0 ? "nobody has logged in by `runpass login`" : login,
      fix:
        accounts.length === 0 ? "Logins of gcloud's end with gcloud auth revoke" : `Name one: ${accounts.join(", ")}`,
    });
  }
  const { account } = login;
  const failure = await revokeLogin(context, login);
  // Whatever came of it: who logs out wants the file to be gone.
  removeLogin(io.environment, account);
  if (failure !== undefined) {
    throw new RunpassError({
      code: "google_unreachable",
      message: `The login of ${account} is deleted here, but Google was not told`,
      why: failure,
      fix: "Take the access back at https://myaccount.google.com/connections",
    });
  }
  if (settings.format === "json") printer.json({ account, revoked: true });
  else printer.note(`${emulatorUrl === undefined ? "" : "[emulator] "}Logged out ${account}: revoked and deleted`);
};
