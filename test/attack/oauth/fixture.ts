import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { ApiAnswer } from "../../../src/emulator/api/route.ts";
import { defaultWorld } from "../../../src/emulator/world/world.ts";
import type { World } from "../../../src/emulator/world/world.ts";
import { createApiClient } from "../../support/api-client.ts";
import type { ApiClient } from "../../support/api-client.ts";

type Parameters = Readonly<Record<string, string | undefined>>;

export const installed = { id: "1-installed.apps.googleusercontent.com", secret: "installed-secret" };
export const web: { readonly id: string; readonly secret: string; readonly redirectUris: readonly [string] } = {
  id: "2-web.apps.googleusercontent.com",
  secret: "web-secret",
  redirectUris: ["https://app.example.com/callback"],
};
export const loopbackUri = "http://localhost:8085/";
export const verifier = "a-verifier-of-the-right-length-that-nobody-else-knows";

/** A world with an installed application and a web application, and both sides of a sign-in there. */
export interface SignInSubject extends ApiClient {
  /** Opens the authorize page; parameters over those of a good request, `undefined` leaves one out. */
  open(parameters?: Parameters): Promise<ApiAnswer>;
  /** Answers the page's form. */
  answer(page: ApiAnswer, form?: Parameters, headers?: Readonly<Record<string, string>>): Promise<ApiAnswer>;
  /** Opens the page, allows, and returns the code. */
  allow(parameters?: Parameters): Promise<string>;
  /** Exchanges a code; the form's fields over those of a good request. */
  exchange(code: string, fields?: Parameters): Promise<ApiAnswer>;
}

export function createSubject(world: Partial<World> = {}): SignInSubject {
  const client = createApiClient({ ...defaultWorld, oauthClients: [installed, web], ...world });
  const subject: SignInSubject = {
    ...client,
    open: (parameters = {}) => {
      const query = withoutMissing({
        client_id: installed.id,
        redirect_uri: loopbackUri,
        response_type: "code",
        scope: "openid email",
        state: "the-state",
        code_challenge: createHash("sha256").update(verifier).digest("base64url"),
        code_challenge_method: "S256",
        ...parameters,
      });
      return client.send(`GET accounts.google.com/o/oauth2/v2/auth?${query.toString()}`, {}, "");
    },
    answer: (page, form = {}, headers = {}) => {
      const ticket = /name="ticket" value="([^"]+)"/.exec(String(page.body))?.[1];
      const body = withoutMissing({ ticket, account: "dev@example.com", decision: "allow", ...form });
      const own = { origin: "https://accounts.google.com", "sec-fetch-site": "same-origin" };
      return client.send("POST accounts.google.com/o/oauth2/approval", { ...own, ...headers }, body.toString());
    },
    allow: async (parameters) => {
      const { status, headers } = await subject.answer(await subject.open(parameters));
      assert.equal(status, 302);
      return new URL(headers!["location"]!).searchParams.get("code")!;
    },
    exchange: (code, fields = {}) =>
      client.send(
        "POST oauth2.googleapis.com/token",
        { "content-type": "application/x-www-form-urlencoded" },
        withoutMissing({
          grant_type: "authorization_code",
          code,
          client_id: installed.id,
          client_secret: installed.secret,
          redirect_uri: loopbackUri,
          code_verifier: verifier,
          ...fields,
        }).toString(),
      ),
  };
  return subject;
}

function withoutMissing(parameters: Parameters): URLSearchParams {
  return new URLSearchParams(
    Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** Error code and description of the token endpoint's answer. */
export function refusalOf({ status, body }: ApiAnswer): readonly unknown[] {
  const { error, error_description: description } = body as Record<string, unknown>;
  return [status, error, description];
}
