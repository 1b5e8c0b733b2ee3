import assert from "node:assert/strict";
import { test } from "node:test";
import { fetchTokens, missingCommand, run, startSubject, worldWith } from "./fixture.ts";

const skip = missingCommand("php");

/** Prints the service's status. PHP's streams look at no variables: the proxy is named to them. */
const byStreams = `
  $http = ["header" => "Authorization: Bearer " . getenv("TOKEN"), "proxy" => "tcp" . substr(getenv("HTTPS_PROXY"), 4)];
  file_get_contents(getenv("SERVICE_URL"), false, stream_context_create(["http" => $http]));
  echo explode(" ", $http_response_header[0])[1];
`;
/** As Google's library for PHP does it, by Guzzle. */
const byCurl = `
  if (!extension_loaded("curl")) exit("no curl");
  $curl = curl_init(getenv("SERVICE_URL"));
  curl_setopt($curl, CURLOPT_HTTPHEADER, ["Authorization: Bearer " . getenv("TOKEN")]);
  curl_setopt($curl, CURLOPT_RETURNTRANSFER, true);
  curl_exec($curl);
  echo curl_error($curl) ?: curl_getinfo($curl, CURLINFO_HTTP_CODE);
`;

test("PHP calls a private service, by its streams and by its curl", { skip }, async (t) => {
  const binding = { role: "roles/run.invoker", members: ["user:dev@example.com"] };
  await using subject = await startSubject(worldWith({ service: [binding] }));
  const { id_token: token } = await fetchTokens(subject, "dev@example.com");
  const php = async (script: string): Promise<string> => {
    const { stdout, stderr } = await run(subject, "php", ["-r", script], { TOKEN: token });
    return stdout + stderr;
  };
  assert.equal(await php(byStreams), "200");
  const status = await php(byCurl);
  if (status === "no curl") return t.diagnostic("PHP here has no curl");
  assert.equal(status, "200");
});
