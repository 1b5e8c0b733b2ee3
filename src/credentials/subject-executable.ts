import type { Context } from "../core/context.ts";
import { readVariable } from "../core/environment.ts";
import { RunpassError } from "../core/errors.ts";
import { invalid, isFields, optionalText } from "./fields.ts";
import type { CredentialOrigin, Fields } from "./fields.ts";
import { readTextFile } from "./read-text-file.ts";
import { runProgram } from "./run-program.ts";
import type { SubjectRequest } from "./subject-request.ts";

/** The user's word that the executable may run. */
const permission = "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES";

const defaultTimeoutMs = 30_000;

/**
 * Runs the executable that `credential_source` names and takes the subject token from what it prints, or from its output file
 * while that is good. The library's own runner ends the whole process where the program cannot be started, and quotes what it
 * printed. Source: AIP-4117, "Executable-sourced credentials".
 *
 * @throws {RunpassError} `executable_unusable`, `credentials_invalid`
 */
export async function runForSubject(context: Context, source: Fields, request: SubjectRequest): Promise<string> {
  const { origin } = request;
  const { command, timeoutMs, outputFile } = parseExecutable(source, origin);
  if (readVariable(context.environment, permission) !== "1") {
    throw unusable(origin, "running it was not allowed", `If you trust ${origin.source}, allow it: ${permission}=1`);
  }
  const kept = outputFile === undefined ? undefined : readOutputFile(context, outputFile);
  if (kept !== undefined) return kept;
  const { stdout, failure } = await runProgram(context, {
    file: command[0] ?? "",
    arguments: command.slice(1),
    variables: {
      GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE: request.audience,
      GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE: request.subjectTokenType,
      GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE: "0",
      ...(outputFile === undefined ? {} : { GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE: outputFile }),
      ...(request.impersonated === undefined
        ? {}
        : { GOOGLE_EXTERNAL_ACCOUNT_IMPERSONATED_EMAIL: request.impersonated }),
    },
    timeoutMs,
  });
  const fix = "Run the executable yourself, and see what it prints and returns";
  if (failure !== undefined) throw unusable(origin, failure, fix);
  const answer = parseAnswer(stdout);
  if (typeof answer === "string") throw unusable(origin, answer, fix);
  if (answer.expiresAtMs === undefined && outputFile !== undefined) {
    throw unusable(origin, "its answer has no expiration_time, which an output file asks for", fix);
  }
  if (isExpired(answer, context)) throw unusable(origin, "the token that it gave has expired", fix);
  return answer.token;
}

interface Executable {
  readonly command: readonly string[];
  readonly timeoutMs: number;
  readonly outputFile: string | undefined;
}

function parseExecutable({ executable }: Fields, origin: CredentialOrigin): Executable {
  const fields = isFields(executable) ? executable : {};
  const command = splitCommand(optionalText(fields["command"]) ?? "");
  if (command.length === 0) throw invalid(origin, "the executable of its credential_source has no command");
  const timeoutMs = fields["timeout_millis"] ?? defaultTimeoutMs;
  if (typeof timeoutMs !== "number" || !(timeoutMs >= 5000 && timeoutMs <= 120_000)) {
    throw invalid(origin, "the timeout_millis of its executable is not between 5000 and 120000");
  }
  return { command, timeoutMs, outputFile: optionalText(fields["output_file"]) };
}

/** Words between spaces; quotation marks hold one together. As the libraries of Google have it, and no shell. */
function splitCommand(text: string): readonly string[] {
  const words: readonly string[] = text.match(/(?:[^\s"]+|"[^"]*")+/g) ?? [];
  return words.map((word) => (/^".*"$/s.test(word) ? word.slice(1, -1) : word));
}

interface Answer {
  readonly token: string;
  readonly expiresAtMs: number | undefined;
}

/** What an executable printed. @returns one clause where it is no token. */
function parseAnswer(text: string): Answer | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "it printed something that is no JSON"; // which may be a token, so it is not shown
  }
  if (!isFields(value)) return "it printed something that is no JSON object";
  if (value["version"] !== 1) return "the version of its answer is not 1";
  if (value["success"] !== true) {
    const code = optionalText(value["code"]);
    return code !== undefined && /^[\w.-]{1,40}$/.test(code)
      ? `it says that it failed, with the code ${code}`
      : "it says that it failed";
  }
  const member = members[String(value["token_type"])];
  if (member === undefined) return "the token_type of its answer is none of those for ID tokens, JWTs and SAML";
  const token = optionalText(value[member]);
  if (token === undefined) return `its answer has no ${member}`;
  const expiresAt = value["expiration_time"];
  return { token, expiresAtMs: typeof expiresAt === "number" ? expiresAt * 1000 : undefined };
}

/** Where the token stands, by its type. */
const members: Readonly<Record<string, string>> = {
  "urn:ietf:params:oauth:token-type:id_token": "id_token",
  "urn:ietf:params:oauth:token-type:jwt": "id_token",
  "urn:ietf:params:oauth:token-type:saml2": "saml_response",
};

/** A token that an earlier run left behind, if it is still good. */
function readOutputFile(context: Context, file: string): string | undefined {
  const text = readTextFile(file);
  const answer = typeof text === "string" ? parseAnswer(text) : undefined;
  if (answer === undefined || typeof answer === "string" || answer.expiresAtMs === undefined) return undefined;
  return isExpired(answer, context) ? undefined : answer.token;
}

function isExpired({ expiresAtMs }: Answer, { clock }: Context): boolean {
  return expiresAtMs !== undefined && expiresAtMs <= clock.nowMs();
}

function unusable(origin: CredentialOrigin, why: string, fix: string): RunpassError {
  return new RunpassError({
    code: "executable_unusable",
    message: `The executable that ${origin.source} names gives no subject token`,
    why,
    fix,
  });
}
