/** Unpacks into `TMPDIR` the browser that npm brings along, its fonts, and the libraries that a bare machine lacks. */
import { fileURLToPath } from "node:url";
import browser, { inflate } from "@sparticuz/chromium";

const libraries = new URL("../bin/al2023.tar.br", import.meta.resolve("@sparticuz/chromium"));
await Promise.all([browser.executablePath(), inflate(fileURLToPath(libraries))]);
