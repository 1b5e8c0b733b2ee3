import { shellQuote } from "../../access/gcloud-lines.ts";
import type { Execute } from "../command-line/command.ts";
import { runCurl } from "../curl/run-curl.ts";
import { gcloudAddress, gcloudTokenLine } from "../gcloud-token-line.ts";
import { rememberRefusal } from "../last-refusal.ts";
import { getServiceToken, locateService, parseServiceTarget } from "../service-token.ts";
import { openSession, requireTargetText } from "../session.ts";

export const execute: Execute = async (invocation) => {
  const { io, settings, printer } = invocation;
  const [first, ...curlArguments] = invocation.arguments;
  const session = openSession(invocation);
  const text = requireTargetText(first, io, "runpass curl my-service");
  const target = parseServiceTarget(text, true);
  if (settings.has("show-gcloud")) {
    const url = gcloudAddress(session, target, "url") + (target.path === "" ? "" : shellQuote(target.path));
    const header = `-H "Authorization: Bearer $(${gcloudTokenLine(session, settings, target)})"`;
    printer.line(["curl", url, header, ...curlArguments.map(shellQuote)].join(" "));
    return 0;
  }
  const label = text.slice(0, text.length - target.path.length);
  const located = await locateService(session, settings, target);
  return runCurl(
    {
      origin: located.origin,
      path: target.path,
      arguments: curlArguments,
      idToken: async () => (await getServiceToken(session, settings, async () => located.audience)).token,
      label,
      audience: located.audience,
      asAccount: session.impersonate?.at(-1),
      onRefusal: (status) => {
        rememberRefusal(session.context, settings, { by: "curl", target: label, path: target.path, status });
      },
    },
    io,
  );
};
