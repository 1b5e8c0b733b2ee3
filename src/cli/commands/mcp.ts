import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import { createSender } from "../../http/send.ts";
import { formatEvent } from "../../proxy/format-event.ts";
import { runMcpBridge } from "../../proxy/mcp-bridge.ts";
import type { Execute } from "../command-line/command.ts";
import { openProxy } from "../proxy/open-proxy.ts";
import { parseServiceTarget } from "../service-token.ts";
import { openSession, requireTargetText } from "../session.ts";

/** Where servers have their endpoint unless the target says otherwise. */
const defaultPath = "/mcp";

/** stdout belongs to the protocol: whatever else there is to say goes to stderr. */
export const execute: Execute = async (invocation) => {
  const { io, printer } = invocation;
  const text = requireTargetText(invocation.arguments[0], io, "runpass mcp my-service");
  const target = parseServiceTarget(text, true);
  const path = target.path === "" ? defaultPath : target.path;
  const session = openSession(invocation);
  const secret = randomBytes(32).toString("base64url"); // the proxy is for this process alone
  await using proxy = await openProxy(invocation, {
    session,
    targets: [{ text, target, name: "service" }],
    listen: [{ at: 0, services: ["service"] }],
    secret,
    onEvent: (event) => {
      const line = ["token_failed", "woke", "moved"].includes(event.type) ? formatEvent(event) : undefined;
      if (line !== undefined) printer.note(line);
    },
  });
  const lines = createInterface({ input: io.stdin, crlfDelay: Number.POSITIVE_INFINITY });
  const stopListening = io.onSignal(() => lines.close());
  try {
    await runMcpBridge({
      url: new URL(path, proxy.doors[0]?.url),
      fetch: createSender({ environment: { ...io.environment, variables: {} }, silenceMs: 0 }), // it stays on this machine
      headers: { "x-runpass-secret": secret },
      input: lines,
      write: (message) => printer.secret(message), // as it came: a redacted message would be another one
      warn: (warning) => printer.note(warning),
    });
    await proxy.close({ deadlineMs: 0 });
  } finally {
    stopListening();
  }
};
