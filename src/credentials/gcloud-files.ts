import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "../core/context.ts";
import { silentLogger } from "../core/context.ts";
import type { Environment } from "../core/environment.ts";
import { readVariable } from "../core/environment.ts";
import { RunpassError } from "../core/errors.ts";
import { parseIni } from "./ini.ts";
import type { IniSections } from "./ini.ts";

/** What gcloud's active configuration and its environment variables say. Source: gcloud, `gcloud topic configurations`. */
export interface GcloudProperties {
  /** gcloud's own directory. */
  readonly directory: string;
  /** Name of the configuration in use. */
  readonly configuration: string;
  /** `core/account` */
  readonly account?: string;
  /** `core/project` */
  readonly project?: string;
  /** `run/region` */
  readonly region?: string;
  /** `auth/impersonate_service_account`: e-mails separated by commas, the account to be last. */
  readonly impersonateServiceAccount?: string;
  /** `CLOUDSDK_AUTH_ACCESS_TOKEN`: an access token that stands in for the account's own. */
  readonly accessToken?: string;
  /** `auth/access_token_file`: a file with such a token. */
  readonly accessTokenFile?: string;
  /** `context_aware/use_client_certificate`: tokens are bound to a certificate. */
  readonly usesClientCertificate?: boolean;
  /** `auth/credential_file_override`: a credentials file that stands in for the account's own. */
  readonly credentialFileOverride?: string;
  /** `auth/token_host`: a token endpoint that stands in for the credential's own. */
  readonly tokenHost?: string;
  /** `core/custom_ca_certs_file` */
  readonly customCaCertsFile?: string;
  /** The URL that `proxy/*` make together. It may hold a password. */
  readonly proxyUrl?: string;
  /** Where each property was found: its environment variable, or the configuration. */
  readonly origins: ReadonlyMap<string, string>;
}

export interface GcloudPropertiesOptions {
  /** Name of a configuration. Default: `CLOUDSDK_ACTIVE_CONFIG_NAME`, else gcloud's active one. */
  readonly configuration?: string | undefined;
  /** Told of what cannot be read and is passed over. Default: silent. */
  readonly log?: Logger;
}

/** gcloud's directory, which also holds the file of Application Default Credentials. */
export function gcloudDirectory(environment: Environment): string {
  const named = readVariable(environment, "CLOUDSDK_CONFIG");
  if (named !== undefined) return named;
  const appData = environment.platform === "win32" ? readVariable(environment, "APPDATA") : undefined;
  return appData === undefined ? join(environment.homeDir, ".config", "gcloud") : join(appData, "gcloud");
}

/**
 * Reads gcloud's configuration as gcloud does, without gcloud: the active configuration's file, and over each property its
 * variable `CLOUDSDK_SECTION_PROPERTY`. A file that is not there is an empty one.
 *
 * @throws {RunpassError} `invalid_argument` for a configuration that was asked for and is none.
 */
export function readGcloudProperties(
  environment: Environment,
  { configuration, log = silentLogger }: GcloudPropertiesOptions = {},
): GcloudProperties {
  const directory = gcloudDirectory(environment);
  const name = configuration ?? readVariable(environment, "CLOUDSDK_ACTIVE_CONFIG_NAME");
  if (name !== undefined)
    checkName(name, configuration === undefined ? "CLOUDSDK_ACTIVE_CONFIG_NAME" : "--configuration");
  const active = name ?? readActiveName(directory, log);
  const file = join(directory, "configurations", `config_${active}`);
  // gcloud's own name for "no configuration at all"
  const text = active === "NONE" ? "" : readIfThere(file, log);
  if (text === undefined && name !== undefined && name !== "default") throw noSuchConfiguration(name);
  const sections = parseIni(text ?? "", (line) =>
    log.warn(`${file}, line ${line} is not understood and was passed over`),
  );
  const origins = new Map<string, string>();
  const property = (section: string, key: string): string | undefined => {
    const variable = `CLOUDSDK_${section}_${key}`.toUpperCase();
    const given = readVariable(environment, variable);
    const value = given ?? valueOf(sections, section, key);
    if (value !== undefined) {
      origins.set(`${section}/${key}`, given === undefined ? `gcloud configuration ${active}` : variable);
    }
    return value;
  };
  const properties = {
    account: property("core", "account"),
    project: property("core", "project"),
    region: property("run", "region"),
    impersonateServiceAccount: property("auth", "impersonate_service_account"),
    accessToken: readVariable(environment, "CLOUDSDK_AUTH_ACCESS_TOKEN"),
    accessTokenFile: property("auth", "access_token_file"),
    usesClientCertificate: isOn(property("context_aware", "use_client_certificate")) || undefined,
    credentialFileOverride: property("auth", "credential_file_override"),
    tokenHost: property("auth", "token_host"),
    customCaCertsFile: property("core", "custom_ca_certs_file"),
    proxyUrl: proxyUrlOf((key) => property("proxy", key), log),
  };
  return { directory, configuration: active, ...withoutAbsent(properties), origins };
}

function readActiveName(directory: string, log: Logger): string {
  const file = join(directory, "active_config");
  const name = readIfThere(file, log)?.trim() ?? "";
  if (name === "") return "default";
  if (isConfigurationName(name)) return name;
  log.warn(`${file} does not name a configuration; the default one is used`);
  return "default";
}

function isConfigurationName(name: string): boolean {
  return name === "NONE" || /^[a-z][a-z0-9-]*$/.test(name);
}

function checkName(name: string, source: string): void {
  if (isConfigurationName(name)) return;
  throw new RunpassError({
    code: "invalid_argument",
    message: `${source} does not name a gcloud configuration`,
    why: "such a name has lower-case letters, digits and hyphens only",
    fix: "See the names: gcloud config configurations list",
  });
}

function noSuchConfiguration(name: string): RunpassError {
  return new RunpassError({
    code: "invalid_argument",
    message: `gcloud has no configuration ${name}`,
    fix: "See the names: gcloud config configurations list",
  });
}

function readIfThere(file: string, log: Logger): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "ENOTDIR") log.warn(`${file} cannot be read (${code}) and was passed over`);
    return undefined;
  }
}

function valueOf(sections: IniSections, section: string, key: string): string | undefined {
  const value = sections.get(section)?.get(key);
  return value === "" ? undefined : value;
}

/** As gcloud writes what is switched on. */
function isOn(value: string | undefined): boolean {
  return value !== undefined && /^(?:1|true|yes|on)$/i.test(value);
}

/** gcloud wants type, address and port together, and refuses to work with some of them only. */
function proxyUrlOf(property: (key: string) => string | undefined, log: Logger): string | undefined {
  const [type, address, port] = [property("type"), property("address"), property("port")];
  if (type === undefined && address === undefined && port === undefined) return undefined;
  const scheme = type === undefined ? undefined : proxySchemes[type];
  if (scheme === undefined || address === undefined || port === undefined || !/^\d{1,5}$/.test(port)) {
    log.warn(
      "gcloud's proxy/type, proxy/address and proxy/port do not make a proxy that runpass can use; they were passed over",
    );
    return undefined;
  }
  const [username, password] = [property("username"), property("password")].map((part) =>
    part === undefined ? undefined : encodeURIComponent(part),
  );
  const login = username === undefined ? "" : password === undefined ? `${username}@` : `${username}:${password}@`;
  const url = `${scheme}://${login}${address.includes(":") ? `[${address}]` : address}:${port}`;
  if (URL.canParse(url)) return url;
  log.warn("gcloud's proxy/address is no host name and was passed over");
  return undefined;
}

const proxySchemes: Readonly<Record<string, string>> = { http: "http", http_no_tunnel: "http", socks5: "socks5" };

function withoutAbsent<T extends object>(object: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
