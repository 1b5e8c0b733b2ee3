import type { CommandSpec } from "../command.ts";

/** Logins of runpass's own. */
export const loginCommands: readonly CommandSpec[] = [
  {
    path: ["login"],
    summary: "logs in by the browser, with an OAuth client of your own",
    description:
      "Not needed where gcloud is logged in: runpass takes its login. At Google it takes an OAuth client of yours, of the type Desktop app (--client-id, --client-secret-file); in an emulator gcloud's is the default. The login's ID tokens are for that client, so its id must be a custom audience of the service (gcloud run services update SERVICE --add-custom-audiences ID; Google does not document this for users' tokens), or act as a service account with --as. Several accounts may be logged in: the last one is used before gcloud's, another with --credentials login --account EMAIL. Kept 0600 in $RUNPASS_CONFIG_DIR, else ~/.config/runpass.",
    arguments: [{ name: "ACCOUNT", help: "e-mail of the account; default: whoever is chosen in the browser" }],
    flags: ["client-id", "client-secret-file", "no-browser", "port", "timeout"],
    examples: [
      ["runpass login --client-secret-file client.json", "with the JSON of a desktop client"],
      ["runpass login dev@example.com --no-browser", "on a machine without a browser: the answer is pasted"],
    ],
    load: () => import("../../commands/login.ts"),
  },
  {
    path: ["logout"],
    summary: "ends a login that `runpass login` made",
    description:
      "The login is revoked at Google and deleted here; deleted even where Google cannot be told, which is said then.",
    arguments: [{ name: "ACCOUNT", help: "e-mail of the account; default: the one that logged in last" }],
    examples: [["runpass logout", "the last login"]],
    load: () => import("../../commands/logout.ts"),
  },
];
