#!/usr/bin/env node
import { requireNodeVersion } from "./node-version.ts";

requireNodeVersion();
process.getBuiltinModule("node:module").enableCompileCache();
const { start } = await import("./start.ts");
await start();
