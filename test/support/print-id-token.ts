/** A process that asks for an ID token as the command line would, with the identity its environment gives, and prints it. */
import { homedir } from "node:os";
import { systemClock } from "../../src/core/clock.ts";
import { createFetch } from "../../src/http/fetch.ts";
import { resolveCredential } from "../../src/credentials/resolve.ts";
import { getIdToken } from "../../src/tokens/id-tokens.ts";

const environment = { variables: process.env, homeDir: homedir(), platform: process.platform };
const warn = (message: string): void => void process.stderr.write(`${message}\n`);
const log = { debug: () => {}, info: () => {}, warn };
const context = { environment, clock: systemClock, fetch: createFetch({ environment }), log };
const { token, source } = await getIdToken(context, { credential: await resolveCredential(context) });
process.stdout.write(`${source} ${token}`);
process.exit();
