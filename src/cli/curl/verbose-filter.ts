import { StringDecoder } from "node:string_decoder";
import { redact } from "../../core/redact.ts";

/** Takes curl's `-v` output in pieces and passes it on in whole lines, without credentials. */
export interface VerboseFilter {
  push(chunk: Buffer): void;
  /** What is left when curl has ended. */
  end(): void;
}

/**
 * Makes a filter for curl's `-v` output, which shows the headers that it sends: as `> Authorization: Bearer …` and, over HTTP/2,
 * as `* h2h3 [authorization: Bearer …]`, there cut off when they are long.
 */
export function createVerboseFilter(token: string, write: (text: string) => void): VerboseFilter {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  return {
    push: (chunk) => {
      rest += decoder.write(chunk);
      // Progress meters end their lines with a carriage return.
      const end = Math.max(rest.lastIndexOf("\n"), rest.lastIndexOf("\r")) + 1;
      if (end > 0) write(withoutCredentials(rest.slice(0, end), token));
      rest = rest.slice(end);
      if (/^Enter [^\n]*:$/.test(rest)) {
        write(rest); // curl asks for a password and waits
        rest = "";
      }
    },
    end: () => {
      if (rest !== "") write(withoutCredentials(rest + decoder.end(), token));
    },
  };
}

function withoutCredentials(text: string, token: string): string {
  const headersRedacted = text.replace(/((?:x-serverless-|proxy-)?authorization: *\w+ +)[^\]\s]+/gi, "$1[redacted]");
  return redact(headersRedacted.replaceAll(token, "[redacted]"));
}
