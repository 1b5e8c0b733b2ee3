import { request } from "node:http";
import { text } from "node:stream/consumers";
import { createEmulator } from "../../../src/emulator/create-emulator.ts";

/** Both places where a metadata server answers: a port of its own, and the emulator's own port. */
export interface Targets extends AsyncDisposable {
  readonly ports: readonly number[];
}

export async function startTargets(): Promise<Targets> {
  const emulator = await createEmulator();
  const { url } = await emulator.startMetadataServer({ account: "invoker" });
  return { ports: [Number(new URL(url).port), emulator.port], [Symbol.asyncDispose]: () => emulator.close() };
}

export const tokenPath = "/computeMetadata/v1/instance/service-accounts/default/token";
export const flavor = { "metadata-flavor": "Google" };

/** Sends exactly these headers, `Host` too, and asks for a token unless told otherwise. */
export function ask(
  port: number,
  headers: Readonly<Record<string, string>>,
  { method = "GET", path = tokenPath }: { readonly method?: string; readonly path?: string } = {},
): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port, method, path, headers, agent: false }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}
