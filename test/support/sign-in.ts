import assert from "node:assert/strict";

/** What a person does on the sign-in pages. */
export interface SignIn {
  /** E-mail of the account to choose. */
  readonly account?: string;
  readonly decision?: "allow" | "deny";
  /** Further headers of the form's request. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The consent page's form, as a browser would send it. */
export interface ConsentForm {
  readonly action: URL;
  readonly ticket: string;
  readonly accounts: readonly string[];
}

/** Opens the authorize page and reads its form. */
export async function openConsent(authorizeUrl: string | URL): Promise<ConsentForm> {
  const response = await fetch(authorizeUrl, { redirect: "manual" });
  const page = await response.text();
  assert.equal(response.status, 200, page);
  const action = /<form method="post" action="([^"]+)"/.exec(page)?.[1];
  const ticket = /name="ticket" value="([^"]+)"/.exec(page)?.[1];
  assert.ok(action && ticket, page);
  const accounts = [...page.matchAll(/name="account"\s+value="([^"]+)"/g)].map((match) => match[1]!);
  return { action: new URL(action, authorizeUrl), ticket, accounts };
}

/** Sends the form and returns the answer, without following where it leads. */
export function answerConsent({ action, ticket }: ConsentForm, choice: SignIn = {}): Promise<Response> {
  const { account = "dev@example.com", decision = "allow", headers = {} } = choice;
  return fetch(action, {
    method: "POST",
    redirect: "manual",
    headers: { origin: action.origin, "sec-fetch-site": "same-origin", ...headers },
    body: new URLSearchParams({ ticket, account, decision }),
  });
}

/** A browser and a person in one, by plain HTTP: opens the page, chooses, and returns where the browser is sent. */
export async function signIn(authorizeUrl: string | URL, choice?: SignIn): Promise<URL> {
  const response = await answerConsent(await openConsent(authorizeUrl), choice);
  const location = response.headers.get("location");
  assert.equal(response.status, 302, await response.text());
  return new URL(location!);
}
