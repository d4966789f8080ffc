// Bundles the hook's entry and the command line, so that neither resolves modules when it starts.
import { copyFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { makeCodeCache } from "./code-cache.mjs";

const require = createRequire(import.meta.url);
const zstd = dirname(require.resolve("zstd-napi/package.json"));

/** zstd-napi looks for its native binding in its package folder: the bundles have it beside themselves. */
const nativeBinding = {
  name: "native-binding",
  setup(bundler) {
    bundler.onLoad({ filter: /zstd-napi\/binding\.js$/ }, () => ({
      contents: 'module.exports = require("./binding.node");',
    }));
    bundler.onResolve({ filter: /binding\.node$/ }, ({ path }) => ({ path, external: true }));
  },
};

/** Node's modules that few calls need, and that take milliseconds to load. */
const rare = ["node:child_process", "node:worker_threads", "node:zlib"];

/** Loads those when something of them is used for the first time. */
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
  // Where import.meta is used, the bundle that has none takes another way.
  logOverride: { "empty-import-meta": "silent" },
  plugins: [nativeBinding],
};

mkdirSync("dist", { recursive: true });
// CommonJS: Node starts it some milliseconds sooner than a module, and it is started after every phase.
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
const scripts = ["dump-state.sh", "enter-build.sh", "phase-cache-hook.sh", "undo-restore.sh", "watch.sh"];
for (const name of ["phase-variables.json", ...scripts]) copyFileSync(`hooks/${name}`, `dist/${name}`);
for (const name of ["targets.nix", "with-phase-cache.nix"]) copyFileSync(`nix/${name}`, `dist/${name}`);
makeCodeCache("dist");
