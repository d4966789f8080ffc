import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { project } from "./rig/project.ts";
import { createRig, nixPath, type Rig } from "./rig.ts";

/** A package whose phases change shell state and files; `more` are Nix bindings. */
function sample(more = ""): string {
  return `pkgs.stdenv.mkDerivation ({
    pname = "sample"; version = "1.0";
    src = ${nixPath(join(import.meta.dirname, "samples/src"))};
    nativeBuildInputs = [ pkgs.phaseCacheHook ];
    passAsFile = [ "story" ]; story = "once upon a time";
    configurePhase = ''
      mkdir work; cd work
      traces=(one "two  words" three); umask 027; greet() { echo "hello from $NIX_BUILD_TOP"; }
    '';
    buildPhase = ''echo built > built; echo "$out" > prefix'';
    installPhase = ''
      runHook preInstall
      mkdir -p $out; cp built prefix $storyPath $out; greet > $out/greeting; printf '%s|' "''\${traces[@]}" > $out/traces
      runHook postInstall
    '';
  } // { ${more} })`;
}

let rig: Rig;
let folder: string;
beforeAll(async () => {
  rig = await createRig();
  folder = mkdtempSync(join(tmpdir(), "phasecache-look-"));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await rig?.[Symbol.asyncDispose]();
});

function phasecache(...args: string[]) {
  const command = [join(project, "dist/phasecache.mjs"), ...args, "--store", rig.cache];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: "utf8" });
  return { status, stdout, stderr };
}

it("extracts a snapshot; its env.sh restores the state, so that the next phase can run", async () => {
  expect((await rig.build(sample())).ok).toBe(true);
  const directory = join(folder, "extracted");
  expect(phasecache("extract", "sample/buildPhase", directory)).toMatchObject({ status: 0, stderr: "" });
  expect(readdirSync(join(directory, "build/src/work"))).toEqual(["built", "prefix"]);
  const script = `. ${directory}/env.sh && pwd && umask && [[ -o errexit ]] && runPhase installPhase && declare -f runPhase`;
  const bash = spawnSync("bash", ["--noprofile", "--norc", "-c", script], { encoding: "utf8" });
  expect(bash).toMatchObject({ status: 0, stderr: "" });
  expect(bash.stdout).toMatch(new RegExp(`^${directory}/build/src/work\n0027\n`));
  expect(bash.stdout).not.toContain("_phaseCache");
  const read = (name: string) => readFileSync(join(directory, "outputs/out", name), "utf8");
  expect(read("traces")).toBe("one|two  words|three|");
  expect(read("greeting")).toBe(`hello from ${directory}/build\n`);
  expect(read("prefix")).toMatch(/^\/nix\/store\/[0-9a-z]{32}-sample-1.0\n$/);
});

it("resumes once from a snapshot with another key, and lists the differences", async () => {
  const resumed = (through: string) => `pname = "resumed"; ${through}`;
  expect((await rig.build(sample(resumed("")))).ok).toBe(true);
  expect(phasecache("resume", "resumed", "--through", "buildPhase").status).toBe(0);
  const edited = `FOO = "new"; postInstall = "echo $FOO > $out/foo";`;
  const pinned = await rig.build(sample(resumed(edited)));
  expect(pinned.phases).not.toContain("buildPhase");
  expect(pinned.phases).toContain("installPhase");
  const differences = pinned.messages.filter((line) => line.startsWith("ignored change: "));
  expect(differences).toContainEqual(expect.stringMatching(/: FOO added: new$/));
  expect(readFileSync(join(pinned.outPaths.out!, "foo"), "utf8")).toBe("new\n");
  const ordered = await rig.build(sample(resumed(`${edited} phaseCacheThrough = "buildPhase";`)));
  expect(ordered.messages.filter((line) => line.startsWith("ignored change: "))).toEqual(differences);
  expect(phasecache("resume").stdout).toBe("PACKAGE  THROUGH  FOR  SINCE\n");
  const next = await rig.build(sample(resumed(edited)));
  expect(next.messages).toContainEqual(expect.stringMatching(/^miss at unpackPhase: FOO added/));
  expect(next.phases).toContain("buildPhase");
});

it("opens a shell in a failed phase; keeps one failed snapshot per package, which no build restores", async () => {
  const broken = (text: string) =>
    `pname = "broken"; buildPhase = ''echo half > half; stage=${text}; false; echo unreached'';`;
  expect((await rig.build(sample(broken("one")))).ok).toBe(false);
  const again = await rig.build(sample(broken("two")));
  expect(again.messages).toContainEqual(expect.stringMatching(/^restored broken-1.0 through configurePhase/));
  const failed = JSON.parse(phasecache("ls", "broken", "--failed", "--json").stdout).snapshots;
  expect(failed).toMatchObject([{ phase: "buildPhase", failed: true }]);
  const before = readdirSync(join(rig.cache, "v1/snapshots/broken"));
  const script = `echo "$stage $PWD \${traces[1]} $(umask)"; cat half; greet; echo more > half; [[ -o errexit ]]; runPhase installPhase; echo unreached`;
  const shell = phasecache("shell", "--failed", "broken", "-c", script);
  expect(shell.stdout).toMatch(/^two .*\/src\/work two {2}words 0027\nhalf\nhello from .*build\n/);
  expect(shell.stdout).not.toContain("unreached");
  expect(shell.status).toBe(1);
  expect(shell.stderr).toContain("cannot stat 'built'");
  expect(phasecache("shell", "--failed", "broken", "-c", "exit 7").status).toBe(7);
  expect(readdirSync(join(rig.cache, "v1/snapshots/broken"))).toEqual(before);
  expect(phasecache("shell", "--failed", "sample", "-c", "true")).toMatchObject({ status: 1, stdout: "" });
});

it("opens a shell with the builder's paths, in which phases run as in the build", async () => {
  const script = `touch mark; runPhase installPhase; cat "$out/greeting" "$out/prefix"; pwd; [[ $(<"$out/prefix") == "$out" ]]`;
  const { status, stdout, stderr } = phasecache("shell", "sample/buildPhase", "-c", script);
  expect(status).toBe(0);
  if (stderr.includes("could not be mounted")) {
    expect(stdout).toContain("/build/src/work");
    return;
  }
  expect(stdout).toMatch(
    /hello from \/build\n(\/nix\/store\/[0-9a-z]{32}-sample-1.0)\n\/build\/src\/work\n$/,
  );
  expect(phasecache("shell", "sample/buildPhase", "-c", "ls").stdout).toBe("built\nprefix\n");
});
