// Fetches other versions of Nix to test with: those of Debian 13 and of Debian's unstable suite. Each is unpacked into a
// folder of its own with the libraries that it needs; nothing is installed. Plain JavaScript without dependencies, because
// test/setup.mjs uses it before npm packages are installed. `node test/debian-nix.mjs sid` fetches the newest version, for
// PHASECACHE_NIX_BIN.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const cache = join(dirname(dirname(fileURLToPath(import.meta.url))), "node_modules/.cache");
const folders = { trixie: "nix-debian-13", sid: "nix-debian-sid" };
const homeOf = (suite) => join(cache, folders[suite]);
const reasonFile = (suite) => `${homeOf(suite)}.missing`;

/** The folder with `nix`, `nix-build` and so on, for PHASECACHE_NIX_BIN. */
export const programsOf = (suite) => join(homeOf(suite), "bin");
export const programs = programsOf("trixie");

/** The reason why a suite's Nix is missing; null when it exists. */
export function whyMissing(suite = "trixie") {
  if (existsSync(join(programsOf(suite), "nix"))) return null;
  const file = reasonFile(suite);
  if (existsSync(file)) return readFileSync(file, "utf8");
  return suite === "trixie" ? "npm test fetches it" : `node test/debian-nix.mjs ${suite} fetches it`;
}

function run(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (status === 0) return stdout;
  throw new Error(`${command} ${args.at(-1)}: ${error?.message ?? stderr.trim().split("\n").at(-1)}`);
}

/** The mirror that this machine's own release uses: that one is reachable. */
function mirror() {
  const targets = run("apt-get", [
    "indextargets",
    "--format",
    "$(REPO_URI) $(COMPONENT)",
    "Created-By: Packages",
  ]);
  const uri = targets.split("\n").find((line) => /\/debian\/? main$/.test(line));
  if (uri === undefined) throw new Error("apt knows no Debian mirror");
  return uri.split(" ")[0];
}

/** Downloads nix-bin and all that it depends on, as if nothing were installed; returns the folder with the packages. */
function download(work, suite) {
  for (const name of ["parts", "lists/partial", "archives/partial"])
    mkdirSync(join(work, name), { recursive: true });
  writeFileSync(join(work, "status"), "");
  const key = "/usr/share/keyrings/debian-archive-keyring.gpg";
  writeFileSync(join(work, "parts/debian.list"), `deb [signed-by=${key}] ${mirror()} ${suite} main\n`);
  const settings = {
    Dir: work,
    "Dir::Etc": "/etc/apt",
    "Dir::Etc::sourcelist": "/dev/null",
    "Dir::Etc::sourceparts": join(work, "parts"),
    "Dir::State": work,
    "Dir::State::status": join(work, "status"),
    "Dir::Cache": work,
    "Acquire::Languages": "none",
    // apt would switch from root to an account that may not write to this folder.
    "APT::Sandbox::User": process.getuid() === 0 ? "root" : "",
    // Essential and important packages need not be resolved: every Debian has them.
    "pkgCacheGen::ForceEssential": "none",
    "pkgCacheGen::ForceImportant": "none",
  };
  const options = Object.entries(settings).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
  run("apt-get", [...options, "-qq", "update"]);
  run("apt-get", [
    ...options,
    "-y",
    "-qq",
    "--no-install-recommends",
    "--download-only",
    "install",
    "nix-bin",
  ]);
  return join(work, "archives");
}

/**
 * Writes wrappers that start Nix with its own libraries and its usual name. They set the build hook because Nix starts
 * itself for some jobs, and would otherwise start the loader.
 */
function writeWrappers(folder, tree, home) {
  mkdirSync(folder);
  const libraries = readdirSync(join(tree, "usr/lib")).find((name) => name.endsWith("-linux-gnu"));
  const loader = readdirSync(join(tree, "usr/lib", libraries)).find((name) => name.startsWith("ld-linux"));
  const at = (path) => `'${join(home, "tree/usr", path)}'`;
  for (const name of readdirSync(join(tree, "usr/bin")).filter((name) => /^nix(-|$)/.test(name))) {
    const lines = [
      "#!/bin/bash",
      `NIX_CONFIG="build-hook = ${home}/bin/nix __build-remote`,
      '\x24{NIX_CONFIG-}"',
      "export NIX_CONFIG",
      `exec -a ${name} ${at(`lib/${libraries}/${loader}`)} --library-path ${at(`lib/${libraries}`)} --argv0 ${name} ${at("bin/nix")} "$@"`,
    ];
    writeFileSync(join(folder, name), `${lines.join("\n")}\n`);
    chmodSync(join(folder, name), 0o755);
  }
}

/** Creates `programsOf(suite)` unless it exists. After a failure, `whyMissing` returns the reason. */
export function fetchDebianNix(suite = "trixie") {
  if (whyMissing(suite) === null) return;
  const home = homeOf(suite);
  mkdirSync(dirname(home), { recursive: true });
  const work = mkdtempSync(`${home}-`);
  try {
    const packages = download(work, suite);
    const made = join(work, "made");
    mkdirSync(join(made, "tree"), { recursive: true });
    for (const name of readdirSync(packages).filter((name) => name.endsWith(".deb"))) {
      run("dpkg-deb", ["-x", join(packages, name), join(made, "tree")]);
    }
    writeWrappers(join(made, "bin"), join(made, "tree"), home);
    renameSync(made, home);
    run(join(programsOf(suite), "nix"), ["--version"]);
    rmSync(reasonFile(suite), { force: true });
  } catch (error) {
    rmSync(home, { recursive: true, force: true });
    writeFileSync(reasonFile(suite), error.message);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const suite = process.argv[2] ?? "trixie";
  fetchDebianNix(suite);
  process.stderr.write(`${whyMissing(suite) ?? programsOf(suite)}\n`);
}
