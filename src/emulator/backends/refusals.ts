/** An answer that the front end gives in a backend's place. */
export interface FrontEndAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The largest request and answer of HTTP/1. Source: Cloud Run, "Quotas and limits". */
export const maxHttp1Bytes: number = 32 * 1024 * 1024;

/** No answer came in time. The body is Envoy's sentence: a guess. */
export const requestTimedOut: FrontEndAnswer = text(504, "upstream request timeout");

/** The command of a backend ended before it was ready. Source: Cloud Run documentation, "Troubleshoot: 500"; the form is a guess. */
export const instanceFailed: FrontEndAnswer = text(
  500,
  "The request failed because the instance could not start successfully.",
);

/** Over {@link maxHttp1Bytes}. The status is likely; the page a guess, in the form of Google's others. */
export const requestTooLarge: FrontEndAnswer = {
  status: 413,
  headers: { "content-type": "text/html; charset=UTF-8", server: "Google Frontend" },
  body: `<html><head>
<meta http-equiv="content-type" content="text/html;charset=utf-8">
<title>413 Request Entity Too Large</title>
</head>
<body text=#000000 bgcolor=#ffffff>
<h1>Error: Request Entity Too Large</h1>
<h2>Your client issued a request that was too large.
</h2>
<h2></h2>
</body></html>
`,
};

/** An answer over {@link maxHttp1Bytes} in one piece. Status and sentence are a guess. */
export const answerTooLarge: FrontEndAnswer = text(
  500,
  "Response size was too large. Please consider reducing response size.",
);

/** The server is not there, or broke off. Envoy's sentence, which Cloud Run's callers know, and what a developer needs besides. */
export function backendUnreachable(backend: URL, cause: Error): FrontEndAnswer {
  const code = (cause as NodeJS.ErrnoException).code ?? cause.message;
  return text(
    503,
    "upstream connect error or disconnect/reset before headers. reset reason: connection failure\n" +
      `runpass emulator: the backend at ${backend.origin} gave no answer (${code}).\n`,
  );
}

function text(status: number, body: string): FrontEndAnswer {
  return { status, headers: { "content-type": "text/plain; charset=utf-8", server: "Google Frontend" }, body };
}
