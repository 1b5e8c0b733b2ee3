import { delimiter, join } from "node:path";
import { formatCaBundle } from "./certificates/ca-bundle.ts";
import { adcPath, writeGcloudConfiguration } from "./gcloud-config.ts";
import type { GcloudSetup } from "./gcloud-config.ts";
import { formatTruststore, truststorePassword } from "./certificates/java-truststore.ts";
import { makePrivateDirectory, writePrivateFile } from "./private-file.ts";

/** What leads a child process to an emulator. */
export interface ChildSetup {
  readonly gcloud: GcloudSetup;
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly port: number;
  /** PEM of the emulator's CA. */
  readonly caCertificate: string;
  /** PEM of the other CAs to trust, one certificate each. */
  readonly roots: readonly string[];
  /** For `RUN_SERVICE`. */
  readonly service: string;
  /** For `SERVICE_URL`. */
  readonly serviceUrl: string;
  /** For `SERVICE_ACCOUNT`: an e-mail. */
  readonly serviceAccount: string;
}

/**
 * Variables for a child process: a value to set, or `undefined` for one to take away. Spread over the parent's environment
 * they do both, as `child_process` passes over what is `undefined`.
 */
export type ChildVariables = Readonly<Record<string, string | undefined>>;

/**
 * Writes what a child process needs into `directory` (0700, files 0600) and returns the variables that lead unmodified clients
 * to the emulator.
 */
export async function prepareChildEnvironment(directory: string, setup: ChildSetup): Promise<ChildVariables> {
  const file = (name: string): string => join(directory, name);
  const roots = [...setup.roots, setup.caCertificate];
  await makePrivateDirectory(directory);
  await Promise.all([
    writePrivateFile(file("ca.pem"), setup.caCertificate),
    writePrivateFile(file("ca-bundle.pem"), formatCaBundle(roots)),
    writePrivateFile(file("truststore.jks"), formatTruststore(roots)),
    writePrivateFile(file("php/runpass.ini"), phpSettings(file("ca-bundle.pem"))),
    writeGcloudConfiguration(file("gcloud"), setup.gcloud),
  ]);
  const { gcloud, port, url } = setup;
  return {
    ...proxyVariables(url),
    ...trustVariables(file("ca-bundle.pem"), file("ca.pem")),
    JAVA_TOOL_OPTIONS: javaOptions(port, file("truststore.jks")),
    PHP_INI_SCAN_DIR: delimiter + file("php"), // what is empty before the delimiter stands for PHP's own folder
    CLOUDSDK_CONFIG: file("gcloud"),
    // `gcloud auth login` opens a browser that knows no proxy: it must come here, not to Google with a real account.
    CLOUDSDK_AUTH_AUTH_HOST: `${url}/o/oauth2/auth`,
    OAUTHLIB_INSECURE_TRANSPORT: "1", // gcloud's OAuth library asks for https otherwise
    // Go's libraries look for Application Default Credentials in the home directory only, whatever CLOUDSDK_CONFIG says.
    GOOGLE_APPLICATION_CREDENTIALS: adcPath(file("gcloud")),
    GOOGLE_CLOUD_PROJECT: gcloud.project,
    // Nobody shall look for a metadata server: each library has its own switch.
    NO_GCE_CHECK: "true",
    METADATA_SERVER_DETECTION: "none",
    RUNPASS_EMULATOR: url,
    RUNPASS_CREDENTIALS: "gcloud",
    RUNPASS_CACHE_DIR: file("cache"),
    RUNPASS_CONFIG_DIR: file("config"),
    RUN_SERVICE: setup.service,
    SERVICE_URL: setup.serviceUrl,
    SERVICE_ACCOUNT: setup.serviceAccount,
  };
}

/** In both cases of letters: curl reads `http_proxy` in lower case only, others look for capitals first. */
function proxyVariables(url: string): ChildVariables {
  const noProxy = "localhost,127.0.0.1,::1";
  return {
    HTTP_PROXY: url,
    http_proxy: url,
    HTTPS_PROXY: url,
    https_proxy: url,
    NO_PROXY: noProxy,
    no_proxy: noProxy,
    NODE_USE_ENV_PROXY: "1",
  };
}

function trustVariables(bundle: string, own: string): ChildVariables {
  return {
    SSL_CERT_FILE: bundle, // OpenSSL, Python's ssl, Go, .NET
    REQUESTS_CA_BUNDLE: bundle, // Python's requests, and gcloud's token refresh by it
    CURL_CA_BUNDLE: bundle,
    HTTPLIB2_CA_CERTS: bundle, // Google's older Python client
    GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: bundle,
    CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE: bundle,
    PERL_LWP_SSL_CA_FILE: bundle, // Perl's LWP, which has roots of its own
    DENO_CERT: own, // in addition to the roots that Deno brings
    NODE_EXTRA_CA_CERTS: own, // in addition to the roots that Node.js brings
  };
}

/** Java reads neither proxy variables nor PEM. */
function javaOptions(port: number, truststore: string): string {
  return [
    ...["http", "https"].flatMap((scheme) => [`-D${scheme}.proxyHost=127.0.0.1`, `-D${scheme}.proxyPort=${port}`]),
    '"-Dhttp.nonProxyHosts=localhost|*.localhost|127.*|[::1]"',
    `"-Djavax.net.ssl.trustStore=${truststore}"`,
    `-Djavax.net.ssl.trustStorePassword=${truststorePassword}`,
  ].join(" ");
}

/** PHP has its roots from its settings, for curl and for its own streams. */
function phpSettings(bundle: string): string {
  return `curl.cainfo = "${bundle}"\nopenssl.cafile = "${bundle}"\n`;
}

/** Where each of these stands in the parent's environment, it would lead a child past the emulator, or into another identity. */
const misleading: readonly RegExp[] = [
  /^CLOUDSDK_(?!(?:.*_)?PYTHON)/, // gcloud's properties; not which Python it runs on
  /^GCE_METADATA_/,
  /^(?:K_SERVICE|K_REVISION|K_CONFIGURATION|FUNCTION_NAME|FUNCTION_TARGET|CLOUD_RUN_JOB)$/, // "I am on Google Cloud"
  /^GOOGLE_(?:APPLICATION_|CLOUD_|API_|AUTH_|IMPERSONATE_|OAUTH_|.*CUSTOM_ENDPOINT$)/,
  /^(?:GCLOUD_PROJECT|GCP_PROJECT|gcloud_project|google_cloud_project|google_application_credentials)$/,
  /^(?:all_proxy|ALL_PROXY|grpc_proxy|no_grpc_proxy)$/,
  /^RUNPASS_/,
];

/** The names in a parent's environment that must not reach a child of an emulator. */
export function misleadingVariables(parent: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.keys(parent).filter((name) => misleading.some((pattern) => pattern.test(name)));
}

/** The variables of {@link prepareChildEnvironment}, and `undefined` for everything in the parent's environment that misleads. */
export function overParent(
  variables: ChildVariables,
  parent: Readonly<Record<string, string | undefined>>,
): ChildVariables {
  return { ...Object.fromEntries(misleadingVariables(parent).map((name) => [name, undefined])), ...variables };
}
