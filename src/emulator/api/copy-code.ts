import { copyCodeUrls } from "../../google/oauth.ts";
import { html, pageAnswer } from "./html.ts";
import type { PlainEndpoint } from "./method.ts";

/** The pages on which people copy a code into a terminal that no browser can reach. */
export const copyCodeEndpoints: readonly PlainEndpoint[] = Object.values(copyCodeUrls).map((url) => ({
  route: `GET ${new URL(url).pathname}`,
  answer: (_state, { query }) => {
    const code = query.get("code");
    if (code === null) {
      return pageAnswer(
        { title: "No code", status: 400 },
        html`<p>${query.get("error") ?? "There is no code here."}</p>`,
      );
    }
    return pageAnswer(
      { title: "Copy this code" },
      html`<p>Copy this code and paste it into the terminal where <code>gcloud</code> waits for it.</p>
        <p class="code" id="code">${code}</p>
        <p>It works once, for ten minutes.</p>`,
    );
  },
}));
