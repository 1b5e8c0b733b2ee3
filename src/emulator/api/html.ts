import { escapeHtml } from "../../core/escape-html.ts";
import { createHash } from "node:crypto";
import type { ApiAnswer } from "./route.ts";

/** HTML that is safe to send: made by {@link html} only. */
export interface Html {
  readonly markup: string;
}

type Part = string | number | Html | readonly Html[];

/** A template for HTML. What is filled in is text, and escaped, unless it is HTML itself. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const markup = strings
    .map((text, index) => (index === 0 ? text : toMarkup(parts[index - 1] as Part) + text))
    .join("");
  return { markup };
}

function toMarkup(part: Part): string {
  if (typeof part === "string" || typeof part === "number") return escapeHtml(String(part));
  return "markup" in part ? part.markup : part.map(({ markup }) => markup).join("\n");
}

const style = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0; }
main { max-width: 34rem; margin: 2rem auto; padding: 0 1rem; }
.note { border-left: .25rem solid #b45309; padding-left: .75rem; }
fieldset { border: 1px solid #767676; border-radius: .25rem; margin: 1rem 0; }
label { display: block; padding: .5rem 0; }
code, .code { overflow-wrap: anywhere; user-select: all; }
.code { border: 1px solid #767676; border-radius: .25rem; padding: .75rem; }
button, input[type=text] { font: inherit; padding: .5rem 1.25rem; margin-right: .5rem; }
`;
const styleHash = createHash("sha256").update(style).digest("base64");

/**
 * A page for people: no script, no frame around it, nothing from elsewhere.
 *
 * @param formTarget An origin that the answer to the page's form may lead on to.
 */
export function pageAnswer(
  page: { readonly title: string; readonly status?: number; readonly formTarget?: string },
  content: Html,
): ApiAnswer {
  const { title, status = 200, formTarget } = page;
  const formAction = formTarget === undefined ? "'self'" : `'self' ${formTarget}`;
  const document = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} - runpass emulator</title>
        <style>
          ${{ markup: style }}
        </style>
      </head>
      <body>
        <main>
          <p class="note">This is the runpass emulator on your machine, not Google. No password is needed.</p>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html> `;
  return {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "content-security-policy":
        `default-src 'none'; style-src 'sha256-${styleHash}'; form-action ${formAction}; ` +
        "base-uri 'none'; frame-ancestors 'none'",
      "x-frame-options": "DENY",
      // To other origins no address of ours goes out; to ourselves the browser must say where a form comes from.
      "referrer-policy": "same-origin",
    },
    body: document.markup,
  };
}
