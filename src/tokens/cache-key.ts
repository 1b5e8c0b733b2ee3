import { statSync } from "node:fs";
import type { Environment } from "../core/environment.ts";
import { readVariable } from "../core/environment.ts";
import { sha256Hex } from "../core/sha256.ts";
import { readProxies } from "../http/network.ts";
import type { NetworkOptions } from "../http/network.ts";
import type { IdTokenRequest } from "./id-token-request.ts";

/**
 * Name under which a token is kept: a hash of everything that changes the token, or the world that it comes from. So a token
 * of one login, proxy or emulator is never used with another.
 */
export function cacheKey(environment: Environment, request: IdTokenRequest): string {
  const { credential, audience = null, impersonate = [], includeEmail = false, network = {} } = request;
  const parts = [
    "id_token 1", // to be changed with the meaning of any part
    credential.fingerprint,
    audience,
    impersonate,
    includeEmail,
    readProxies({ environment, ...network }),
    describeCertificates(environment, network),
    readVariable(environment, "RUNPASS_EMULATOR") ?? null,
  ];
  return sha256Hex(JSON.stringify(parts));
}

/** Files of CAs by name, size and time of change: reading them all would cost more than everything else here. */
function describeCertificates(environment: Environment, { caFile }: NetworkOptions): readonly unknown[] {
  return [readVariable(environment, "NODE_EXTRA_CA_CERTS"), caFile].map((file) => {
    if (file === undefined) return null;
    const { size, mtimeMs } = statSync(file, { throwIfNoEntry: false }) ?? {};
    return [file, size, mtimeMs];
  });
}
