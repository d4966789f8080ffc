// The way in for `npm run demo`, `npm run bench`, `npm run survey` and `npm test` on a machine that has nothing but Node: installs what the command
// needs (Debian packages, npm packages), builds the bundles, then runs it. Plain JavaScript without dependencies.
import { spawnSync } from "node:child_process";
import { existsSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { fetchDebianNix } from "./debian-nix.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What packages of several languages are built with. */
const builders = [
  "cmake",
  "ninja-build",
  "meson",
  "cargo",
  "golang-go",
  "python3-build",
  "python3-dev",
  "python3-installer",
  "python3-setuptools",
  "python3-wheel",
];

/** Debian packages: to compile zstd-napi and run real builds; Nix itself; and what only the tests use. */
const packages = {
  demo: ["make", "g++", "python3", "patch", "file", "xz-utils", "bzip2", "zstd", "nix-bin", "dpkg-dev"],
  test: [...builders, "lz4", "strace", "zsh", "fish", "mandoc", "groff-base"],
  survey: [...builders, "openjdk-17-jdk-headless", "ocaml-nox", "ocaml-dune"],
  bench: ["cmake", "ninja-build", "ccache", "rsync", "time", "zlib1g-dev", "libhttp-parser-dev"],
};

/** Words for people go to standard error: `--json` leaves standard output to the document. */
const say = (text) => process.stderr.write(`${text}\n`);

function run(command, args, env = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", 2, 2],
    env: { ...process.env, ...env },
  });
  return result.status === 0;
}

function isInstalled(name) {
  const query = spawnSync("dpkg-query", ["-W", "-f=\x24{db:Status-Status}", name], { encoding: "utf8" });
  return query.stdout === "installed";
}

/** Nix that did not come from the distribution counts as well. */
function isNeeded(name) {
  if (name === "nix-bin" && spawnSync("nix-build", ["--version"]).status === 0) return false;
  return !isInstalled(name);
}

function installPackages(names) {
  if (spawnSync("apt-get", ["--version"]).status !== 0) {
    return say(`no apt-get here: install these yourself if something is missing: ${names.join(" ")}`);
  }
  const missing = names.filter(isNeeded);
  if (missing.length === 0) return;
  if (process.getuid() !== 0) {
    return say(
      `not root, so these were not installed: ${missing.join(" ")} (sudo apt-get install ${missing.join(" ")})`,
    );
  }
  say(`installing ${missing.join(" ")}`);
  const quiet = { DEBIAN_FRONTEND: "noninteractive" };
  const install = ["install", "-y", "-qq", "--no-install-recommends", ...missing];
  const done =
    run("apt-get", install, quiet) || (run("apt-get", ["update", "-qq"]) && run("apt-get", install, quiet));
  if (!done) say("apt-get could not install them all; going on with what there is");
}

/** Node's own headers, when they lie beside it: node-gyp need not download them. */
function nodeHeaders() {
  const prefix = dirname(dirname(process.execPath));
  return existsSync(join(prefix, "include/node/node.h")) ? { npm_config_nodedir: prefix } : {};
}

function installModules() {
  const marker = join(root, "node_modules/.package-lock.json");
  const lock = join(root, "package-lock.json");
  const fresh = existsSync(marker) && statSync(marker).mtimeMs >= statSync(lock).mtimeMs;
  if (fresh && existsSync(join(root, "node_modules/zstd-napi/build/Release/binding.node"))) return;
  say("installing npm packages (zstd-napi is compiled; about a minute)");
  if (!run("npm", ["ci", "--no-audit", "--no-fund"], nodeHeaders())) {
    say("npm ci failed: see above; it needs the npm registry, python3, make and g++");
    process.exit(1);
  }
}

const programs = {
  demo: "test/sandbox/demo.ts",
  bench: "test/bench/main.ts",
  survey: "test/survey/main.ts",
};

/** Bundles a TypeScript program and runs it, beside its source, whose files it looks for by their place. */
function runBundled(source, args) {
  const bundle = join(root, dirname(source), `.bundle-${process.pid}.mjs`);
  const options = [
    "--bundle",
    "--platform=node",
    "--format=esm",
    "--target=node20",
    "--packages=external",
    "--log-level=warning",
  ];
  try {
    if (!run("npx", ["esbuild", source, ...options, `--outfile=${bundle}`])) return 1;
    return spawnSync(process.execPath, [bundle, ...args], { cwd: root, stdio: "inherit" }).status ?? 130;
  } finally {
    rmSync(bundle, { force: true });
  }
}

const [command, ...args] = process.argv.slice(2);
installPackages(command === "demo" ? packages.demo : [...packages.demo, ...packages[command]]);
installModules();
if (!run("node", ["esbuild.config.mjs"])) process.exit(1);
if (command === "test") {
  fetchDebianNix();
  const vitest = spawnSync("npx", ["vitest", "run", ...args], { cwd: root, stdio: "inherit" });
  process.exitCode = vitest.status ?? 130;
} else {
  process.exitCode = runBundled(programs[command], args);
}
