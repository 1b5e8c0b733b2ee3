import { constants } from "node:os";
import { readVariable } from "../../core/environment.ts";
import type { Environment } from "../../core/environment.ts";
import { formatEvent } from "../../proxy/format-event.ts";
import type { Execute, Invocation } from "../command-line/command.ts";
import { openMetadata } from "../proxy/open-metadata.ts";
import { openProxy } from "../proxy/open-proxy.ts";
import { readProxyTargets } from "../proxy/read-targets.ts";
import { runChild } from "../run-child.ts";
import { openSession, requireTargetText } from "../session.ts";
import { usageError } from "../command-line/usage-error.ts";

/** What a bare TARGET sets. */
const defaultVariable = "SERVICE_URL";

export const execute: Execute = async (invocation) => {
  const { io, settings, printer } = invocation;
  const { pairs, command } = readWords(invocation);
  const targets = readProxyTargets(pairs.map(({ target }) => target));
  const session = openSession(invocation);
  if (settings.has("show-gcloud")) {
    for (const { text } of targets) printer.line(`gcloud run services proxy ${text} &`);
    return 0;
  }
  let interruptedBy: NodeJS.Signals | undefined;
  const stopListening = io.onSignal((signal) => {
    interruptedBy ??= signal;
  });
  try {
    await using metadata = settings.has("metadata") ? await openMetadata(invocation, session) : undefined;
    await using proxy = await openProxy(invocation, {
      session,
      targets,
      listen: targets.map(({ name }) => ({ at: 0, services: [name] })),
      onEvent: (event) => {
        const line = event.type === "request" || event.type === "token" ? undefined : formatEvent(event);
        if (line !== undefined) printer.note(line);
      },
    });
    await proxy.prepare(); // whoever lacks a token learns it now, and not from the command's requests
    if (interruptedBy !== undefined) return 128 + constants.signals[interruptedBy];
    const urls = Object.fromEntries(pairs.map(({ variable }, index) => [variable, proxy.doors[index]?.url]));
    const [program = shellOf(invocation), ...words] = command;
    const code = await runChild(io, program, words, {
      ...withoutProxyToUs(io.environment.variables),
      ...metadata?.variables,
      ...urls,
    });
    await proxy.close({ deadlineMs: 0 }); // nobody is left to wait for an answer
    return code;
  } finally {
    stopListening();
  }
};

interface Pair {
  readonly variable: string;
  readonly target: string;
}

/** `VAR=TARGET` words up to `--`, and the command after it. */
function readWords({ arguments: words, io, settings }: Invocation): {
  readonly pairs: readonly Pair[];
  readonly command: readonly string[];
} {
  const end = words.indexOf("--");
  const given = end < 0 ? words : words.slice(0, end);
  const command = end < 0 ? [] : words.slice(end + 1);
  const isWithout = given.length === 0 && settings.has("metadata"); // a metadata server may be all that is wanted
  const named =
    given.length > 0 || isWithout ? given : [requireTargetText(undefined, io, "runpass exec my-service -- npm test")];
  const pairs = named.map((word) => {
    const [, variable = defaultVariable, target = word] = /^([A-Za-z_]\w*)=(.*)$/s.exec(word) ?? [];
    return { variable, target };
  });
  const twice = pairs.find(({ variable }, index) => pairs.findIndex((other) => other.variable === variable) < index);
  if (twice === undefined) return { pairs, command };
  throw usageError(
    `${twice.variable} is set twice`,
    `Give each service a variable of its own, and the command after --: OTHER_URL=${twice.target}`,
  );
}

/** What programs are told to send through a proxy of the network is not for our ports, which are here. */
function withoutProxyToUs(variables: Environment["variables"]): Environment["variables"] {
  const isSet = Object.keys(variables).some((name) => /^(?:https?|all)_proxy$/i.test(name));
  const listed = [variables["NO_PROXY"], variables["no_proxy"]].find((list) => list !== undefined && list !== "");
  if (!isSet || listed === "*") return variables;
  const list = [...(listed === undefined ? [] : [listed]), "127.0.0.1", "localhost"].join(",");
  return { ...variables, NO_PROXY: list, no_proxy: list };
}

function shellOf({ io }: Invocation): string {
  const isWindows = io.environment.platform === "win32";
  return readVariable(io.environment, isWindows ? "ComSpec" : "SHELL") ?? (isWindows ? "cmd.exe" : "/bin/sh");
}
