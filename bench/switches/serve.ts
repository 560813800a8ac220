// The service with parts of it switched off, in a process of its own: `serve.ts <switch>...`. Everything else is the
// service as it ships, its command line included; only the modules behind the switches are others.
import { register } from "node:module";
import type { Swaps } from "./resolve.js";
import { replacements, type Switch } from "./switches.js";

const off = process.argv.splice(2, Number.POSITIVE_INFINITY, "serve") as Switch[];
const swaps: Swaps = off.map((name) => {
  const { module, by } = replacements[name];
  return [new URL(`../../${module}`, import.meta.url).href, new URL(by, import.meta.url).href];
});
register("./resolve.js", { parentURL: import.meta.url, data: swaps });
await import("../../src/main.js");
