// Runs `npm run demo`, `npm run bench`, `npm run survey`, `npm run table` and `npm test` on a machine that has only Node:
// installs the Debian and npm packages that the command needs, builds the bundles, then runs the command. Plain JavaScript
// without dependencies.
import { spawnSync } from "node:child_process";
import { existsSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { fetchNix } from "./versions/nix.mjs";
import { fetchNode, majors } from "./versions/node.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The build systems and compilers of the packages that tests and the survey build. */
const builders = [
  "cmake",
  "ninja-build",
  "meson",
  "cargo",
  "golang-go",
  "perl",
  "python3-build",
  "python3-dev",
  "python3-installer",
  "python3-pytest",
  "python3-setuptools",
  "python3-wheel",
];

/**
 * Debian packages that each command needs; all of them need those of `demo`, which compile zstd-napi and run Nix builds.
 */
const packages = {
  demo: ["make", "g++", "python3", "patch", "file", "xz-utils", "bzip2", "zstd", "nix-bin", "dpkg-dev"],
  test: [...builders, "lz4", "strace", "zsh", "fish", "mandoc", "groff-base"],
  survey: [...builders, "openjdk-17-jdk-headless", "ocaml-nox", "ocaml-dune"],
  bench: ["cmake", "ninja-build", "ccache", "rsync", "time", "zlib1g-dev", "libhttp-parser-dev"],
};

/** Prints progress to standard error, because `--json` prints its document to standard output. */
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

/** A Nix that does not come from the distribution counts as installed. */
function isNeeded(name) {
  if (name === "nix-bin" && spawnSync("nix-build", ["--version"]).status === 0) return false;
  return !isInstalled(name);
}

function installPackages(names) {
  if (spawnSync("apt-get", ["--version"]).status !== 0) {
    return say(`apt-get not found; install these packages yourself if they are missing: ${names.join(" ")}`);
  }
  const missing = names.filter(isNeeded);
  if (missing.length === 0) return;
  if (process.getuid() !== 0) {
    return say(
      `not running as root; install these packages yourself: sudo apt-get install ${missing.join(" ")}`,
    );
  }
  say(`installing ${missing.join(" ")}`);
  const quiet = { DEBIAN_FRONTEND: "noninteractive" };
  const install = ["install", "-y", "-qq", "--no-install-recommends", ...missing];
  const done =
    run("apt-get", install, quiet) || (run("apt-get", ["update", "-qq"]) && run("apt-get", install, quiet));
  if (!done) say("apt-get could not install all of these packages; continuing without the missing ones");
}

/** Points node-gyp to Node's own headers when they are installed with it, so that it need not download them. */
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
    say("npm ci failed (see above); it needs access to the npm registry, python3, make and g++");
    process.exit(1);
  }
}

const programs = {
  demo: "test/sandbox/demo.ts",
  bench: "test/bench/main.ts",
  survey: "test/survey/main.ts",
  table: "test/table/main.ts",
};

/**
 * Bundles a TypeScript program and runs the bundle from the source's folder, because it finds other files by its own path.
 */
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
const buildsPackages = command !== "table";
if (buildsPackages)
  installPackages(command === "demo" ? packages.demo : [...packages.demo, ...packages[command]]);
installModules();
if (buildsPackages && !run("node", ["esbuild.config.mjs"])) process.exit(1);
if (command === "test") {
  for (const suite of ["trixie", "sid"]) fetchNix(suite);
  for (const major of majors) fetchNode(major);
  const vitest = spawnSync("npx", ["vitest", "run", ...args], { cwd: root, stdio: "inherit" });
  process.exitCode = vitest.status ?? 130;
} else {
  process.exitCode = runBundled(programs[command], args);
}
