import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** What the bundles are made of: see esbuild.config.mjs. */
const sources = ["runtime", "hooks", "nix", "esbuild.config.mjs", "code-cache.mjs", "package.json"];

function newestIn(path: string): number {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newestIn(join(path, name))));
}

/** Builds the bundles unless they are newer than their sources: whoever runs a single test need not think of them. */
export default function buildBundles(): void {
  const last = "dist/runtime.cache";
  if (existsSync(last) && statSync(last).mtimeMs > Math.max(...sources.map(newestIn))) return;
  execFileSync(process.execPath, ["esbuild.config.mjs"], { stdio: ["ignore", "ignore", "inherit"] });
}
