#!/usr/bin/env node
import "./node-version.ts";

const { start } = await import("./start.ts");
await start();
