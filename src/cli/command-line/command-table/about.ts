import type { CommandSpec } from "../command.ts";

/** About runpass itself. */
export const aboutCommands: readonly CommandSpec[] = [
  {
    path: ["demo"],
    summary: "tells both ways of calling a private service, step by step, against an emulator",
    flags: ["lang"],
    examples: [
      ["runpass demo", "takes a few seconds and leaves nothing behind"],
      ["runpass demo --lang ja", "the same in Japanese"],
    ],
    load: () => import("../../commands/demo.ts"),
  },
  {
    path: ["completion"],
    summary: "prints a completion script for your shell",
    arguments: [{ name: "SHELL", help: "bash, zsh or fish", required: true, choices: ["bash", "zsh", "fish"] }],
    formats: ["text"],
    examples: [
      ['eval "$(runpass completion bash)"', "in ~/.bashrc"],
      ["runpass completion fish | source", "in config.fish"],
    ],
    load: () => import("../../commands/completion.ts"),
  },
  {
    path: ["version"],
    summary: "prints the version",
    examples: [],
    load: () => import("../../commands/version.ts"),
  },
];
