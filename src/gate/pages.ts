import { escapeHtml } from "../core/escape-html.ts";

/** An answer of Google's front end itself. */
export interface Page {
  readonly status: 401 | 403 | 404;
  /** Names in lower case. `date` is left to the server. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The credential cannot be verified. Body and headers as published by people who met them; a captured content-length for a
 * known path shows that a line break comes first and last.
 *
 * @param path Path with query, as sent: Google repeats it.
 */
export function unauthorizedPage(path: string): Page {
  const sentence = `Your client does not have permission to the requested URL <code>${escapeHtml(path)}</code>.`;
  return formatPage(401, formatError("401 Unauthorized", "Error: Unauthorized", sentence), {
    "www-authenticate": 'Bearer error="invalid_token" error_description="The access token could not be verified"',
  });
}

/** No credential, or one of somebody who may not. See {@link unauthorizedPage}. */
export function forbiddenPage(path: string): Page {
  const sentence = `Your client does not have permission to get URL <code>${escapeHtml(path)}</code> from this server.`;
  return formatPage(403, formatError("403 Forbidden", "Error: Forbidden", sentence));
}

/** No such service, or not from here. Google's general page, without its pictures: Cloud Run's own variant is not published. */
export function notFoundPage(path: string): Page {
  return formatPage(
    404,
    `<!DOCTYPE html>
<html lang=en>
  <meta charset=utf-8>
  <meta name=viewport content="initial-scale=1, minimum-scale=1, width=device-width">
  <title>Error 404 (Not Found)!!1</title>
  <style>
    *{margin:0;padding:0}html,code{font:15px/22px arial,sans-serif}html{background:#fff;color:#222;padding:15px}body{margin:7% auto 0;max-width:390px;min-height:180px;padding:30px 0 15px}p{margin:11px 0 22px;overflow:hidden}ins{color:#777;text-decoration:none}
  </style>
  <p><b>404.</b> <ins>That’s an error.</ins>
  <p>The requested URL <code>${escapeHtml(path)}</code> was not found on this server.  <ins>That’s all we know.</ins>
`,
  );
}

function formatError(title: string, heading: string, sentence: string): string {
  return `
<html><head>
<meta http-equiv="content-type" content="text/html;charset=utf-8">
<title>${title}</title>
</head>
<body text=#000000 bgcolor=#ffffff>
<h1>${heading}</h1>
<h2>${sentence}</h2>
<h2></h2>
</body></html>
`;
}

function formatPage(status: Page["status"], body: string, headers: Readonly<Record<string, string>> = {}): Page {
  return {
    status,
    headers: {
      ...headers,
      "content-type": "text/html; charset=UTF-8",
      server: "Google Frontend",
      "content-length": String(Buffer.byteLength(body)),
    },
    body,
  };
}
