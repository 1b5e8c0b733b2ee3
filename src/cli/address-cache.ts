import { mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { sha256Hex } from "../core/sha256.ts";
import { writeWhole } from "../core/write-whole.ts";
import type { Located } from "../run/locate.ts";
import type { ServiceTarget, UrlTarget } from "../run/target.ts";
import { readProxies } from "../http/network.ts";
import { cacheDirectory } from "../tokens/cache.ts";
import type { Session } from "./session.ts";

/** How long an address is believed, in milliseconds. A service keeps its address for life; this is for one that has gone. */
const keptMs = 24 * 60 * 60_000;

/** Where a service is called, without what may change. */
export type Address = Pick<Located, "origin" | "audience">;

/** Addresses that Cloud Run Admin told, one file a service: with a cached token they save the last request there is. */
export interface AddressCache {
  read(): Address | undefined;
  write(address: Address): void;
}

/** Opens the cache for what one target means to one caller, in one world. Nothing about it is ever a reason to fail. */
export function openAddressCache(
  { context, network, project, region, emulatorUrl }: Session,
  fingerprint: string,
  target: ServiceTarget | UrlTarget,
): AddressCache {
  const { environment } = context;
  const named = target.kind === "url" ? target.origin : [target.project, target.region, target.service];
  const proxies = readProxies({ environment, ...network });
  const parts = ["address 1", fingerprint, emulatorUrl, proxies, project, region, named];
  const key = sha256Hex(JSON.stringify(parts));
  const directory = join(cacheDirectory(environment), "addresses");
  const file = join(directory, `${key}.json`);
  return {
    read: () => {
      try {
        return Date.now() - statSync(file).mtimeMs < keptMs ? parseAddress(readFileSync(file, "utf8")) : undefined;
      } catch {
        return undefined; // none yet
      }
    },
    write: ({ origin, audience }) => {
      try {
        mkdirSync(directory, { recursive: true, mode: 0o700 });
        writeWhole(file, JSON.stringify({ origin, audience }));
      } catch (error) {
        context.log.debug(`The address cannot be kept in ${directory}: ${(error as NodeJS.ErrnoException).code}`);
      }
    },
  };
}

function parseAddress(text: string): Address | undefined {
  const value = JSON.parse(text) as Partial<Record<string, unknown>> | null;
  if (typeof value?.["origin"] !== "string" || typeof value["audience"] !== "string") return undefined;
  return { origin: value["origin"], audience: value["audience"] };
}
