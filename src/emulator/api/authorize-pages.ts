import type { OAuthClientRecord } from "../state/oauth-records.ts";
import type { UserRecord } from "../state/records.ts";
import { html, pageAnswer } from "./html.ts";
import type { Html } from "./html.ts";
import type { State } from "../state/state.ts";
import { OAuthFailure } from "./oauth-form.ts";
import type { ApiAnswer, ApiCall } from "./route.ts";

/** Where the form of the consent page goes. */
export const consentPath = "/o/oauth2/approval";

/** What the consent page shows. */
export interface Consent {
  readonly client: OAuthClientRecord;
  readonly scopes: readonly string[];
  /** Where the browser goes after that; absent where it stays. */
  readonly redirectUri?: string;
  /** Whom one may choose. */
  readonly users: readonly UserRecord[];
  /** Goes back with the answer, and nobody else knows it. */
  readonly ticket: string;
  readonly loginHint?: string;
  /** The user that the hint means. */
  readonly expected?: UserRecord;
}

/** Choose an account, see what the application wants, allow it or not. */
export function showConsent(consent: Consent): ApiAnswer {
  const { client, scopes, redirectUri, users, ticket, loginHint, expected } = consent;
  const isUnknown = loginHint !== undefined && !expected;
  return pageAnswer(
    {
      title: "Choose an account",
      ...(redirectUri === undefined ? {} : { formTarget: toSource(redirectUri) }),
    },
    html`<p><strong>${client.name}</strong> wants to act for you. It asks for:</p>
      <ul>
        ${scopes.map((scope) => html`<li>${describeScope(scope)}</li>`)}
      </ul>
      ${isUnknown ? [html`<p role="alert">This emulator has no account ${loginHint} to choose here.</p>`] : []}
      <form method="post" action="${consentPath}">
        <input type="hidden" name="ticket" value="${ticket}" />
        <fieldset>
          <legend>Account</legend>
          ${users.map((user) => showChoice(user, user === expected || users.length === 1))}
        </fieldset>
        ${
          redirectUri === undefined
            ? []
            : [html`<p>After that your browser goes to <code>${new URL(redirectUri).origin}</code>.</p>`]
        }
        <button name="decision" value="allow">Allow</button>
        <button name="decision" value="deny" formnovalidate>Cancel</button>
      </form>`,
  );
}

/** As a Content Security Policy names it: that knows no IPv6 addresses. */
function toSource(uri: string): string {
  const { origin, hostname, protocol } = new URL(uri);
  return hostname.startsWith("[") ? protocol : origin;
}

function showChoice({ email, state }: UserRecord, checked: boolean): Html {
  return html`<label
    ><input type="radio" name="account" value="${email}" required ${checked ? "checked" : ""} /> ${email}
    ${state === "disabled" ? "(disabled)" : ""}</label
  >`;
}

/** Shows an OAuth error that comes up on a page. */
export function withProblems(
  answer: (state: State, call: ApiCall) => Promise<ApiAnswer>,
): (state: State, call: ApiCall) => Promise<ApiAnswer> {
  return async (state, call) => {
    try {
      return await answer(state, call);
    } catch (error) {
      if (error instanceof OAuthFailure) return showProblem(error);
      throw error;
    }
  };
}

/** Says what went wrong, and that it is the application that must change. */
function showProblem({ httpStatus, body }: OAuthFailure): ApiAnswer {
  return pageAnswer(
    { title: `Error ${httpStatus}: ${body.error}`, status: httpStatus },
    html`<p role="alert">${body.error_description ?? ""}</p>
      <p>Close this page, go back to the application, and start again.</p>`,
  );
}

const meanings: Readonly<Record<string, string>> = {
  openid: "who you are",
  "https://www.googleapis.com/auth/userinfo.email": "your e-mail address",
  "https://www.googleapis.com/auth/userinfo.profile": "your name",
  "https://www.googleapis.com/auth/cloud-platform": "everything that you may do in Google Cloud",
};

function describeScope(scope: string): Html {
  const meaning = meanings[scope];
  return meaning === undefined ? html`<code>${scope}</code>` : html`${meaning} (<code>${scope}</code>)`;
}
