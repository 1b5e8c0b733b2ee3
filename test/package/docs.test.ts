import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { errorCodes } from "../../src/core/errors.ts";

const root = path.join(import.meta.dirname, "..", "..");
const read = (file: string): string => readFileSync(path.join(root, file), "utf8");
const pages = globSync(["*.md", "docs/*.md"], { cwd: root });

test("docs/errors.md lists every error code once, in the order of the source, and no other", () => {
  const listed = [...read("docs/errors.md").matchAll(/^\| `(\w+)`/gm)].map(([, code]) => code);
  assert.deepEqual(listed, Object.keys(errorCodes));
});

test("the tables in docs/ that come from the source are up to date", () => {
  const { status, stderr } = spawnSync(process.execPath, ["scripts/docs.ts", "--check"], {
    cwd: root,
    encoding: "utf8",
  });
  assert.equal(stderr, "");
  assert.equal(status, 0);
});

test("README.md and README.ja.md are short, and show the same commands", () => {
  for (const file of ["README.md", "README.ja.md"])
    assert.ok(read(file).split("\n").length <= 151, `${file} is too long`);
  assert.deepEqual(codeOf(read("README.ja.md")), codeOf(read("README.md")));
});

for (const page of pages) {
  test(`every link of ${page} leads somewhere`, () => {
    const links = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target as string);
    for (const link of links.filter((target) => !/^https?:/.test(target))) {
      const [file = "", anchor] = link.split("#");
      const target = file === "" ? page : path.join(path.dirname(page), file);
      assert.ok(existsSync(path.join(root, target)), `${link}: there is no such file`);
      if (anchor !== undefined)
        assert.ok(anchorsOf(read(target)).includes(anchor), `${link}: there is no such heading`);
    }
  });
}

/** The code blocks of a page, without comments: those are in the page's language. */
function codeOf(markdown: string): string[] {
  return [...markdown.matchAll(/^```\w+\n([^]*?)^```/gm)].map(([, code = ""]) =>
    code.replace(/(?:^|\s+)(?:#|\/\/).*$/gm, "").trim(),
  );
}

function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
