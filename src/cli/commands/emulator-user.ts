import { connectEmulator } from "../../emulator/control-client.ts";
import type { UserChange } from "../../emulator/user-change.ts";
import type { Execute } from "../command-line/command.ts";

export const execute: Execute = async ({ io, printer, settings, arguments: [email = "", change = ""] }) => {
  await (await connectEmulator(io.environment)).changeUser(email, change as UserChange); // one of the choices
  if (settings.format === "json") printer.json({ email, change });
  else printer.note(`[emulator] ${email} is ${change} now`);
};
