import { connect } from "node:http2";
import { summarize } from "./load.ts";
import type { Load } from "./load.ts";

/**
 * Sends the same GET again and again over one HTTP/2 connection, `streams` of them under way at a time. Every answer must be a
 * 200. The server's certificate is not looked at.
 */
export async function putHttp2Load(
  url: string,
  { streams, durationMs }: { readonly streams: number; readonly durationMs: number },
): Promise<Load> {
  const { origin, pathname } = new URL(url);
  const session = connect(origin, { rejectUnauthorized: false, settings: { initialWindowSize: 4 * 1024 * 1024 } });
  session.once("connect", () => session.setLocalWindowSize(16 * 1024 * 1024));
  const timesMs: number[] = [];
  const endMs = performance.now() + durationMs;
  const ask = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const sentMs = performance.now();
      const stream = session.request({ ":path": pathname });
      stream.on("response", ({ ":status": status }) => {
        if (status !== 200) stream.destroy(new Error(`unexpected answer: ${status}`));
      });
      stream.on("error", reject).on("end", () => {
        timesMs.push(performance.now() - sentMs);
        resolve();
      });
      stream.resume();
    });
  const drive = async (): Promise<void> => {
    while (performance.now() < endMs) await ask();
  };
  try {
    await Promise.all(Array.from({ length: streams }, drive));
  } finally {
    session.destroy();
  }
  return summarize(timesMs, durationMs);
}
