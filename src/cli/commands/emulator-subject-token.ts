import { RunpassError } from "../../core/errors.ts";
import { connectEmulator } from "../../emulator/control-client.ts";
import { decodeJwt } from "../../google/id-token.ts";
import { tokenTypes } from "../../google/sts.ts";
import type { ExecutableResponse } from "../../google/sts.ts";
import type { Execute } from "../command-line/command.ts";

export const execute: Execute = async ({ io, printer, settings, arguments: [subject = "demo-workload"] }) => {
  const audience = settings.text("audiences");
  const claims = Object.fromEntries(settings.list("claim").map(parseClaim));
  const control = await connectEmulator(io.environment);
  const token = await control.subjectToken({ subject, claims, ...(audience === undefined ? {} : { audience }) });
  if (settings.format !== "json") {
    printer.secret(token);
    return;
  }
  const response: ExecutableResponse = {
    version: 1,
    success: true,
    token_type: tokenTypes.jwt,
    id_token: token,
    expiration_time: Number(decodeJwt(token)?.payload["exp"]),
  };
  printer.secret(JSON.stringify(response, null, 2));
};

/** Reads `NAME=VALUE`. */
export function parseClaim(text: string): readonly [string, unknown] {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new RunpassError({
      code: "invalid_argument",
      message: `${JSON.stringify(text)} is no claim`,
      fix: 'Give for example --claim environment=prod, or --claim \'groups=["a","b"]\'.',
    });
  }
  try {
    return [name, JSON.parse(value)];
  } catch {
    return [name, value]; // no JSON: the text itself
  }
}
