import { networkInterfaces } from "node:os";
import type { Answer, Context } from "../core/context.ts";
import type { Environment } from "../core/environment.ts";
import { readVariable } from "../core/environment.ts";
import { RunpassError } from "../core/errors.ts";
import { describeNetworkFailure } from "../google/call.ts";
import { metadataFlavor, metadataOrigin, metadataPath } from "../google/metadata.ts";
import { readTextFile } from "./read-text-file.ts";

/** On Google Cloud it answers within milliseconds; elsewhere nobody shall wait for it. */
const pingTimeoutMs = 500;

const requestTimeoutMs = 5_000;

/** Variables that name another address, and who reads them: everybody; gcloud; Node's and Python's libraries. */
const addressVariables = ["GCE_METADATA_HOST", "GCE_METADATA_ROOT", "GCE_METADATA_IP"] as const;

/** Variables that Cloud Run and Cloud Functions set. Source: gcp-metadata, `gcp-residency.ts`. */
const serverlessVariables = ["K_SERVICE", "CLOUD_RUN_JOB", "CLOUD_RUN_WORKER_POOL", "FUNCTION_NAME"] as const;

/**
 * Whether there is a metadata server: said by the environment, else found by asking it once, briefly.
 *
 * @returns a clause where there is none.
 * @throws {RunpassError} `invalid_argument` for a `METADATA_SERVER_DETECTION` that is none.
 */
export async function detectMetadataServer(context: Context): Promise<true | string> {
  const { environment } = context;
  if (readVariable(environment, "NO_GCE_CHECK")?.toLowerCase() === "true") return "not looked for (NO_GCE_CHECK)";
  const detection = readVariable(environment, "METADATA_SERVER_DETECTION")?.trim().toLowerCase();
  switch (detection) {
    case "none":
      return "not looked for (METADATA_SERVER_DETECTION)";
    case "assume-present":
      return true;
    case "bios-only":
      return isGoogleMachine(environment) || "this is no machine of Google Cloud's";
    case "ping-only":
      return ping(context);
    case undefined: {
      const isSaid = [...addressVariables, ...serverlessVariables].some(
        (name) => readVariable(environment, name) !== undefined,
      );
      return isSaid || ping(context);
    }
    default:
      throw new RunpassError({
        code: "invalid_argument",
        message: `METADATA_SERVER_DETECTION cannot be ${JSON.stringify(detection)}`,
        fix: "Set it to assume-present, none, bios-only or ping-only, or unset it",
      });
  }
}

/** Where the metadata server is. */
export function metadataServer(environment: Environment): string {
  const named = addressVariables.map((name) => readVariable(environment, name)).find((text) => text !== undefined);
  if (named === undefined) return metadataOrigin;
  const url = URL.parse(/^https?:\/\//i.test(named) ? named : `http://${named}`);
  if (url !== null && /^https?:$/.test(url.protocol)) return url.origin;
  const variable = addressVariables.find((name) => readVariable(environment, name) === named);
  throw new RunpassError({
    code: "invalid_argument",
    message: `${variable} is no host`,
    fix: `Set ${variable} to HOST:PORT, or unset it`,
  });
}

/**
 * Asks the metadata server for one value.
 *
 * @param path below `instance/`, with its query.
 * @returns the value, or `undefined` where it has none.
 * @throws {RunpassError} `metadata_unavailable`
 */
export async function askMetadata(context: Context, path: string): Promise<string | undefined> {
  const origin = metadataServer(context.environment);
  const failure = (why: string, cause?: unknown): RunpassError =>
    new RunpassError({
      code: "metadata_unavailable",
      message: `There is no metadata server at ${origin}`,
      why,
      fix: "Run this on Google Cloud, or use other credentials: --credentials gcloud, adc or a file",
      cause,
    });
  let response: Answer;
  let text: string;
  try {
    response = await request(context, `${origin}${metadataPath}/instance/${path}`, requestTimeoutMs);
    text = await response.text();
  } catch (error) {
    throw failure(describeNetworkFailure(error), error);
  }
  if (response.headers.get(metadataFlavor.name) !== metadataFlavor.value) {
    throw failure("what answers there is something else: it does not send Metadata-Flavor: Google");
  }
  if (response.status === 404) return undefined;
  if (!response.ok) throw failure(`it answered ${response.status}`);
  return text;
}

async function ping(context: Context): Promise<true | string> {
  try {
    const response = await request(
      context,
      `${metadataServer(context.environment)}${metadataPath}/instance/`,
      pingTimeoutMs,
    );
    await response.body?.cancel();
    return (
      response.headers.get(metadataFlavor.name) === metadataFlavor.value || "something else answers at its address"
    );
  } catch (error) {
    if (error instanceof RunpassError) throw error;
    context.log.debug(`No metadata server: ${describeNetworkFailure(error)}`);
    return "none answers";
  }
}

async function request(context: Context, url: string, timeoutMs: number): Promise<Answer> {
  const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(context.signal ? [context.signal] : [])]);
  return context.fetch(url, { headers: { [metadataFlavor.name]: metadataFlavor.value }, signal });
}

/** What a machine says of its maker, without asking the network. Source: gcp-metadata, `gcp-residency.ts`. */
function isGoogleMachine(environment: Environment): boolean {
  if (serverlessVariables.some((name) => readVariable(environment, name) !== undefined)) return true;
  const vendor = environment.platform === "linux" ? readTextFile("/sys/class/dmi/id/bios_vendor") : undefined;
  if (typeof vendor === "string" && vendor.includes("Google")) return true;
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ mac }) => mac.startsWith("42:01")));
}
