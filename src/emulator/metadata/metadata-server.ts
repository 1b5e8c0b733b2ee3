import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { metadataVariables } from "../../google/metadata.ts";
import { createLocalServer } from "../../http/server.ts";
import type { ApiAnswer, ApiCall } from "../api/route.ts";
import type { ChildVariables } from "../child-environment.ts";
import { writeGcloudConfiguration } from "../gcloud-config.ts";
import { exchangeMetadata } from "./exchange.ts";
import type { Platform } from "./tree.ts";

/** A metadata server on a port of its own, as one service account. */
export interface MetadataServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** `127.0.0.1:PORT`: the form of `GCE_METADATA_HOST`. */
  readonly host: string;
  /** The account's e-mail. */
  readonly account: string;
  /**
   * Leads a child process here instead of to a credentials file: spread it over what `prepareEnvironment` returned. Python, Node.js,
   * Java and gcloud follow it altogether; Go looks for Application Default Credentials in the home directory first.
   */
  readonly variables: ChildVariables;
  /** Idempotent; the emulator's own `close()` does it too. */
  close(): Promise<void>;
}

/** Options of `startMetadataServer`. */
export interface MetadataServerOptions {
  /** A service account of the world: its e-mail, or the part before the `@` in the default project. */
  readonly account: string;
  /** `run`, or `vm` for Compute Engine: more in the tree, and in tokens of `format=full`. Default `run`. */
  readonly platform?: Platform;
  /** Default: the region that a shell starts with. */
  readonly region?: string;
}

/** What {@link createMetadataServer} needs. */
export interface MetadataServerSetup {
  readonly account: string;
  readonly project: string;
  readonly region: string;
  readonly answer: (call: ApiCall) => Promise<ApiAnswer>;
}

/** Starts a metadata server on a free port of this machine. */
export async function createMetadataServer(setup: MetadataServerSetup): Promise<MetadataServer> {
  const { account, project, region, answer } = setup;
  const directory = await mkdtemp(join(tmpdir(), "runpass-metadata-"));
  await writeGcloudConfiguration(directory, { project, region, logins: [] });
  const server = await createLocalServer({
    port: 0,
    onRequest: (request, response) => exchangeMetadata(request, response, answer),
  });
  const host = `127.0.0.1:${server.port}`;
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await server.close();
    await rm(directory, { recursive: true, force: true });
  };
  return {
    url: server.url,
    host,
    account,
    variables: { ...metadataVariables(host, account, directory), RUNPASS_CREDENTIALS: "metadata" },
    close: () => (closing ??= close()),
    [Symbol.asyncDispose]: () => (closing ??= close()),
  };
}
