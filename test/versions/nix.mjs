// Fetches other versions of Nix to test with: that of Debian 13, and the newest one that Debian has. Each is unpacked into a
// folder of its own with the libraries that it needs; nothing is installed. Plain JavaScript without dependencies, because
// test/setup.mjs uses it before npm packages are installed.
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fetchInto, homeOf, run, whyMissingIn } from "./fetch.mjs";

const folders = { trixie: "nix-debian-13", sid: "nix-debian-sid" };
const folderOf = (suite) => homeOf(folders[suite]);

/** The folder with `nix`, `nix-build` and so on, for PHASECACHE_NIX_BIN. */
export const programsOf = (suite) => join(folderOf(suite), "bin");

/** The reason why a suite's Nix is missing; null when it exists. */
export function whyNixMissing(suite) {
  return whyMissingIn(folderOf(suite), "bin/nix", `node test/versions/nix.mjs ${suite}`);
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

/** Creates `programsOf(suite)` unless it exists. After a failure, `whyNixMissing` returns the reason. */
export function fetchNix(suite) {
  const home = folderOf(suite);
  fetchInto(home, "bin/nix", /^nix \(Nix\) /, (work) => {
    const packages = download(work, suite);
    const made = join(work, "made");
    mkdirSync(join(made, "tree"), { recursive: true });
    for (const name of readdirSync(packages).filter((name) => name.endsWith(".deb"))) {
      run("dpkg-deb", ["-x", join(packages, name), join(made, "tree")]);
    }
    writeWrappers(join(made, "bin"), join(made, "tree"), home);
    return made;
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const suite = process.argv[2] ?? "sid";
  fetchNix(suite);
  process.stderr.write(`${whyNixMissing(suite) ?? programsOf(suite)}\n`);
}
