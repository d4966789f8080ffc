import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { $ } from "zx";
import { project } from "../rig/project.ts";
import { type BuildResult, createRig, nixString, type Rig } from "../rig.ts";
import { createEvaluator, packageSet, projectFile } from "./rig.ts";

const prefix = dirname(dirname(process.execPath));
const headers = join(prefix, "include/node/node_api.h");
const npm = join(prefix, "lib/node_modules/npm/node_modules/node-gyp");
const missing = [headers, npm].find((path) => !existsSync(path));

/** The URLs of the npm packages that the package needs. */
async function addresses(): Promise<string[]> {
  using evaluator = createEvaluator();
  const npmPackages = `${packageSet(null)}.callPackage ${projectFile("nix/npm-packages.nix")} { fetchurl = from: from.url; }`;
  const commands = (await evaluator.evaluate(`(${npmPackages}).buildCommand`)) as string;
  return [...commands.matchAll(/https:\S+/g)].map(([address]) => address);
}

/** Fetches the packages with npm, from its configured registry, and names the files as in their URLs. */
async function fetchTarballs(folder: string): Promise<void> {
  const packages = (await addresses()).map((address) => {
    const [, name, file] = /^https:\/\/[^/]+\/(.+)\/-\/([^/]+\.tgz)$/.exec(address)!;
    return {
      file: file!,
      spec: `${name}@${file!.slice(name!.split("/").at(-1)!.length + 1, -".tgz".length)}`,
    };
  });
  const specs = packages.map(({ spec }) => spec);
  const { stdout } = await $({ quiet: true, cwd: folder })`npm pack --json ${specs}`;
  const packed = JSON.parse(stdout) as { id: string; filename: string }[];
  for (const { file, spec } of packages) {
    const { filename } = packed.find(({ id }) => id === spec)!;
    renameSync(join(folder, filename.replace("@", "").replace("/", "-")), join(folder, file));
  }
}

describe.skipIf(missing)(`nix/package.nix${missing ? ` (skipped: ${missing} does not exist)` : ""}`, () => {
  let rig: Rig;
  let folder: string;
  let result: BuildResult;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "phasecache-npm-"));
    await fetchTarballs(folder);
    rig = await createRig({ tarballs: folder });
    const host = ["bzip2", "findutils", "gnutar", "nodejs", "nodejs-slim", "python3", "xz"];
    const own = (name: string) => `${name} = ${nixString(name.startsWith("nodejs") ? prefix : "/usr")};`;
    const args = `{ ${host.map(own).join(" ")} }`;
    result = await rig.build({ file: join(project, "nix/package.nix"), args }, { store: false });
  });
  afterAll(async () => {
    await rig?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  it("builds from the packages of the lock file, and compiles the binding", () => {
    expect(result.ok, result.log).toBe(true);
    expect(result.log).toMatch(/zstd_compress\.o|CXX.*binding/);
    const runtime = join(result.outPaths.out!, "lib/phasecache");
    const listed = [
      "binding.node",
      "hook.cjs",
      "runtime.cjs",
      "runtime.cache",
      "phasecache.mjs",
      "dump-state.sh",
      "phase-parts.sh",
      "undo-restore.sh",
      "watch.sh",
      "phase-variables.json",
    ];
    for (const name of listed) expect(existsSync(join(runtime, name)), name).toBe(true);
    expect(statSync(join(result.outPaths.out!, "libexec/phasecache/pre-build-hook")).mode & 0o111).toBe(
      0o111,
    );
    expect(JSON.parse(readFileSync(join(runtime, "tools.json"), "utf8"))).toEqual({
      tar: "/usr/bin/tar",
      find: "/usr/bin/find",
      xz: "/usr/bin/xz",
      bzip2: "/usr/bin/bzip2",
    });
  });

  it("runs with its own binding", () => {
    const runtime = join(result.outPaths.out!, "lib/phasecache");
    const { version } = JSON.parse(readFileSync(join(project, "package.json"), "utf8"));
    const script = `console.log(require("${runtime}/binding.node").versionString())`;
    expect(execFileSync(process.execPath, ["-e", script], { encoding: "utf8" })).toMatch(/^\d+\.\d+\.\d+\n$/);
    const run = [join(runtime, "phasecache.mjs"), "--version"];
    expect(execFileSync(process.execPath, run, { encoding: "utf8" })).toBe(`${version}\n`);
  });

  it("has completions, and the man page if docs/ has it", () => {
    const share = join(result.outPaths.out!, "share");
    const files = [
      "bash-completion/completions/phasecache.bash",
      "fish/vendor_completions.d/phasecache.fish",
      "zsh/site-functions/_phasecache",
    ];
    for (const name of files) expect(readFileSync(join(share, name), "utf8")).toContain("phasecache");
    const page = ["phasecache.1", "phasecache.1.gz"].some((name) =>
      existsSync(join(share, "man/man1", name)),
    );
    expect(page).toBe(existsSync(join(project, "docs/phasecache.1")));
  });

  it("starts Node by its absolute path", () => {
    const command = join(result.outPaths.out!, "bin/phasecache");
    expect(lstatSync(command).mode & 0o111).toBe(0o111);
    expect(readFileSync(command, "utf8")).toContain(`${prefix}/bin/node`);
  });
});
