// Bundles the hook's entry point and the command line, so that neither resolves modules at start-up.
import { copyFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { makeCodeCache } from "./code-cache.mjs";

const require = createRequire(import.meta.url);
const zstd = dirname(require.resolve("zstd-napi/package.json"));

/** Loads zstd-napi's native binding from the folder of the bundles instead of from zstd-napi's package folder. */
const nativeBinding = {
  name: "native-binding",
  setup(bundler) {
    bundler.onLoad({ filter: /zstd-napi\/binding\.js$/ }, () => ({
      contents: 'module.exports = require("./binding.node");',
    }));
    bundler.onResolve({ filter: /binding\.node$/ }, ({ path }) => ({ path, external: true }));
  },
};

/** Node's modules that few calls need and that take milliseconds to load. */
const rare = ["node:child_process", "node:worker_threads", "node:zlib"];

/** Loads those modules when one of their exports is first used. */
const lazyModules = {
  name: "lazy-modules",
  setup(bundler) {
    bundler.onResolve({ filter: /^node:/ }, ({ path, namespace }) =>
      rare.includes(path) && namespace !== "lazy" ? { path, namespace: "lazy" } : undefined,
    );
    bundler.onLoad({ filter: /^/, namespace: "lazy" }, ({ path }) => ({
      contents: `for (const name of ${JSON.stringify(Object.keys(require(path)))})
        Object.defineProperty(exports, name, { enumerable: true, get: () => require("${path}")[name] });`,
    }));
  },
};

/** @type {import("esbuild").BuildOptions} */
const common = {
  bundle: true,
  platform: "node",
  target: "node20",
  legalComments: "none",
  // Code that uses import.meta has an alternative for the CommonJS bundles, where import.meta is empty.
  logOverride: { "empty-import-meta": "silent" },
  plugins: [nativeBinding],
};

mkdirSync("dist", { recursive: true });
// CommonJS: Node starts it a few milliseconds faster than an ES module, and the hook starts it after every phase.
for (const [entry, outfile] of [
  ["runtime/start.ts", "dist/hook.cjs"],
  ["runtime/hook.ts", "dist/runtime.cjs"],
]) {
  const plugins = [...common.plugins, lazyModules];
  await build({ ...common, plugins, entryPoints: [entry], outfile, format: "cjs", minifySyntax: true });
}
await build({
  ...common,
  entryPoints: ["runtime/cli/main.ts"],
  outfile: "dist/phasecache.mjs",
  format: "esm",
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
});
copyFileSync(join(zstd, "build/Release/binding.node"), "dist/binding.node");
const scripts = [
  "dump-state.sh",
  "enter-build.sh",
  "phase-cache-hook.sh",
  "phase-parts.sh",
  "undo-restore.sh",
  "watch.sh",
];
for (const name of ["phase-variables.json", ...scripts]) copyFileSync(`hooks/${name}`, `dist/${name}`);
for (const name of ["targets.nix", "with-phase-cache.nix"]) copyFileSync(`nix/${name}`, `dist/${name}`);
makeCodeCache("dist");
