import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectDocument } from "../cli/rig/schema.ts";
import { shownBy } from "../cli/rig/screen.ts";
import { createMachine, type Machine } from "./rig/machine.ts";
import { project } from "./rig/project.ts";
import { nixString } from "./rig.ts";

const isRoot = process.getuid!() === 0;
const nixpkgs = process.env.PHASECACHE_NIXPKGS;

const hostPkgs = (file: string, more = "") =>
  `import ${file} { node = ${nixString(process.execPath)}; ${more} }`;
const pkgs = hostPkgs(join(project, "test/sandbox/host-pkgs.nix"), nixpkgs ? `nixpkgs = ${nixpkgs};` : "");

/** Packages without the hook; `word` and `install` are what a user edits. */
const packages = (from: string) => `{ word ? "one", install ? "", pkgs ? ${from} }:
let
  make = pname: more: pkgs.stdenv.mkDerivation ({
    inherit pname; version = "1.0"; dontUnpack = true; dontCheckForBrokenSymlinks = true;
    buildPhase = "mkdir tree; echo built > tree/file; ln -s file tree/link";
    installPhase = "mkdir -p $out/bin; cp -r tree $out; \${install}";
  } // more);
  # A user's mistake: excludes a variable from the keys that the build depends on.
  mistake = {
    inherit word; phaseCacheIgnore = [ "word" ];
    buildPhase = "mkdir tree; for i in 1 2 3; do echo $word > tree/$i; done; ln -s $word tree/link; touch tree/only-$word";
  };
  chance = "date +%N > tree/chance";
in {
  equal = make "equal" { };
  wrong = make "wrong" mistake;
  random = make "random" { buildPhase = "mkdir tree; echo same > tree/same; \${chance}"; };
  mixed = make "mixed" (mistake // { buildPhase = "\${mistake.buildPhase}; \${chance}"; });
  file = make "file" { inherit word; phaseCacheIgnore = [ "word" ]; buildPhase = "echo $word > x"; installPhase = "cp x $out # \${install}"; };
  several = make "several" { outputs = [ "out" "dev" ]; installPhase = "mkdir $out $dev; date +%N > $dev/now; \${install}"; };
  broken = make "broken" { buildPhase = "echo oops; exit 3"; };
  needy = make "needy" { buildPhase = "mkdir tree; test -d /var/cache/phasecache || { echo no store; exit 3; }"; };
  strict = make "strict" { phaseCacheStrict = true; };
  slow = make "slow" { installPhase = "mkdir $out; test -d /var/cache/phasecache || sleep 60"; };
  command = make "command" { buildCommand = "touch $out"; };
}
`;

describe.skipIf(!isRoot)(
  `phasecache prove, with ${nixpkgs ? "nixpkgs' own stdenv" : "the small stdenv"}${isRoot ? "" : " (needs root)"}`,
  () => {
    let machine: Machine;
    const at = (...names: string[]) => join(machine.root, "home", ...names);
    beforeAll(async () => {
      machine = createMachine();
      writeFileSync(at("default.nix"), packages(pkgs));
      const { status, stderr } = await machine.run("phasecache init --write -y");
      expect(status, stderr).toBe(0);
    });
    afterAll(() => machine[Symbol.asyncDispose]());

    /** Builds a package, then proves it with an edit. */
    const proveEdit = async (name: string, ...edit: string[]) => {
      const first = await machine.run(`phasecache build -f . ${name} --no-link`);
      expect(first.status, first.stderr).toBe(0);
      return machine.run(`phasecache prove -f . ${name} ${edit.join(" ")}; status=$?; ls; exit $status`);
    };
    const install = `--argstr install 'touch $out/edited'`;
    const word = "--argstr word two";

    it("a restored build that equals a clean one: status 0, no result link", async () => {
      const { status, stdout, stderr } = await proveEdit("equal", install);
      expect(status, stderr).toBe(0);
      expect(stdout).toBe("equal-1.0: equal\ndefault.nix\n");
      expect(stderr).toMatch(/^equal-1\.0: restored through buildPhase/m);
      expect(stderr).toMatch(
        /^phasecache: building equal-1\.0 again, without the store\n(.*\n)*equal-1\.0: buildPhase ran .*not saved$/m,
      );
      expect(stderr).not.toContain("there is no store");
    });

    it("finds a wrong restore, and prints the remedy", async () => {
      const { status, stdout, stderr } = await proveEdit("wrong", install, word);
      expect(stderr).toMatch(/^wrong-1\.0: restored through buildPhase/m);
      expect(stdout.split("\n").slice(0, -2)).toEqual([
        expect.stringMatching(
          /^wrong-1\.0: differs: (\/nix\/store\/\w+-wrong-1\.0) from the clean \1\.check$/,
        ),
        "  tree/1: contents differ from byte 0 (4 B, clean 4 B)",
        "  tree/2: contents differ from byte 0 (4 B, clean 4 B)",
        "  tree/3: contents differ from byte 0 (4 B, clean 4 B)",
        "  tree/link: points to one, in the clean build to two",
        "  tree/only-one: not in the clean build",
        "  tree/only-two: only in the clean build",
        "  two clean builds agree: the restored build is wrong",
        "  it sets phaseCacheIgnore: an input that this excludes from the keys may be the cause",
        expect.stringMatching(
          /^ {2}remove it with `phasecache clear wrong` and `nix-store --delete \/nix\/store\/\w+-wrong-1\.0`, and build again$/,
        ),
      ]);
      expect(status).toBe(4);
      const corrected = await machine.run(`
        phasecache clear wrong -y > /dev/null; nix-store --delete /nix/store/*-wrong-1.0 > /dev/null; phasecache prove -f . wrong ${install} ${word}`);
      expect(corrected.stdout, corrected.stderr).toBe("wrong-1.0: equal\n");
    });

    it("distinguishes a package that is not reproducible from a wrong restore", async () => {
      const { status, stdout } = await proveEdit("random", install);
      expect(status).toBe(4);
      expect(stdout).toMatch(
        /differs: .*\n {2}tree\/chance: contents differ from byte \d+ .*\n {2}two clean builds also differ: the package is not reproducible\n/,
      );
      const both = await proveEdit("mixed", install, word);
      expect(both.stdout).toMatch(
        /^ {2}but they agree on tree\/1, tree\/2, tree\/3, tree\/link, tree\/only-one, tree\/only-two, where the restored build may be wrong$/m,
      );
    });

    it("an output that is a file, and one of several outputs", async () => {
      const file = await proveEdit("file", "--argstr install '# x'", word);
      expect(file.stdout).toMatch(/^ {2}the output itself: contents differ from byte 0 /m);
      expect(file.stdout).toContain("two clean builds agree");
      const several = await proveEdit("several", install);
      expect(several.stdout).toMatch(/^several-1\.0: differs: \/nix\/store\/\w+-several-1\.0-dev from/m);
      expect(several.stdout).toContain("not reproducible");
    });

    it("--json, and build --prove with a result link", async () => {
      const document = await machine.run(
        `phasecache --json prove -f . equal wrong random --argstr word fifth --no-link`,
      );
      expect(document.status, document.stderr).toBe(4);
      expectDocument("prove", document.stdout);
      const { targets } = JSON.parse(document.stdout);
      expect(targets.map(({ verdict }: { verdict: string }) => verdict)).toEqual([
        "equal",
        "wrong",
        "unreproducible",
      ]);
      expect(targets[1].differences[0]).toEqual({
        path: "tree/1",
        kind: "contents",
        restored: 4,
        clean: 6,
        from: 0,
        wrong: true,
      });
      const built = await machine.run("phasecache build --prove -f . equal && ls && rm result");
      expect(built.stdout, built.stderr).toBe("equal-1.0: equal\ndefault.nix\nresult\n");
    });

    it("a build that fails with or without the store: status 1, with Nix's messages", async () => {
      const broken = await machine.run("phasecache prove -f . broken");
      expect(broken).toMatchObject({ status: 1, stdout: "" });
      expect(broken.stderr).toMatch(/^ {2}broken-1\.0> oops$/m);
      const needy = await machine.run("phasecache prove -f . needy");
      expect(needy).toMatchObject({
        status: 1,
        stdout: "needy-1.0: the clean build failed, but the build with the store succeeded\n",
      });
      expect(needy.stderr).toMatch(/^ {2}needy-1\.0> no store$/m);
    });

    it("accepts flakes, and packages without phases", async () => {
      mkdirSync(at("flake"));
      writeFileSync(at("flake/default.nix"), packages("null"));
      writeFileSync(
        at("flake/flake.nix"),
        `{ outputs = _: { packages.x86_64-linux.default = (import ./. {
          word = "flake"; pkgs = ${hostPkgs("./test/sandbox/host-pkgs.nix", `system = "x86_64-linux";`)}; }).equal; }; }`,
      );
      const flake = await machine.run(`
        mkdir flake/test; for name in nix hooks dist test/sandbox; do cp -r ${project}/$name flake/$name; done
        cd flake; phasecache prove; rm -r ../flake`);
      expect(flake.stdout, flake.stderr).toBe("equal-1.0: equal\n");
      const { stdout } = await machine.run("phasecache prove -f . command");
      expect(stdout).toBe("command-1.0: equal\n");
    });

    it.each([
      ["phaseCacheStrict", "-f . strict", 1, "remove phaseCacheStrict"],
      ["--dry-run", "-f . equal --dry-run", 2, "nothing can be proved with --dry-run"],
      ["no sandbox", "-f . equal --quiet", 1, "set `sandbox = true`", "sandbox = false"],
      [
        "a store below a mounted directory",
        "-f . equal",
        1,
        "the sandbox-paths entry /var/cache? exposes the store",
        "extra-sandbox-paths = /var/cache?",
      ],
    ])("refuses before it builds: %s", async (_, args, expected, words, config = "") => {
      const { status, stdout, stderr } = await machine.run(
        `NIX_CONFIG='${config}' phasecache prove ${args} --argstr install ': refused'`,
      );
      expect({ status, stdout }, stderr).toEqual({ status: expected, stdout: "" });
      expect(stderr).toContain(words);
      expect(stderr).not.toContain("restored");
    });

    const daemon = `nix-daemon > /dev/null 2>&1 & sleep 1; chmod -R o+rX .; mkdir -p nobody; chmod 777 nobody
      somebody() { HOME=$PWD/nobody NIX_REMOTE=daemon setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }`;

    it("needs a trusted user when builds go through the daemon", async () => {
      const untrusted = await machine.run(`${daemon}
        somebody phasecache prove -f . equal; status=$?; rm /nix/var/nix/daemon-socket/socket; exit $status`);
      expect(untrusted).toMatchObject({ status: 1, stdout: "" });
      expect(untrusted.stderr).toContain("the Nix daemon does not trust you");
      expect(untrusted.stderr).toContain("trusted-users in nix.conf");
      const trusted = await machine.run(`
        cp /etc/nix/nix.conf kept; echo 'extra-trusted-users = nobody' >> /etc/nix/nix.conf
        ${daemon}
        somebody phasecache prove -f . equal wrong --argstr word three
        rm /nix/var/nix/daemon-socket/socket; mv kept /etc/nix/nix.conf`);
      expect(trusted.stdout, trusted.stderr).toMatch(/^equal-1\.0: equal\nwrong-1\.0: differs: /);
    });

    it("hides a store that a pre-build-hook mounts", async () => {
      const { stdout, stderr } = await machine.run(`
        printf '#!/bin/bash\\nif grep -q phase-cache "$1"; then printf "extra-sandbox-paths\\\\n/var/cache/phasecache\\\\n\\\\n"; fi\\n' > hook
        chmod +x hook; cp /etc/nix/nix.conf kept; sed -i /phasecache/d /etc/nix/nix.conf
        printf 'extra-system-features = phase-cache\\npre-build-hook = %s\\n' "$PWD/hook" >> /etc/nix/nix.conf
        phasecache prove -f . wrong --argstr install ': asked' --argstr word four; mv kept /etc/nix/nix.conf`);
      expect(stderr).toMatch(/^wrong-1\.0: restored through/m);
      expect(stdout, stderr).toContain("the restored build is wrong");
    });

    it("nix-build --check accepts a restored build, also of a package that is not reproducible", async () => {
      const command = "phasecache build -f . random --no-link --argstr install ': checked'";
      const { status, stderr } = await machine.run(`${command} && ${command} --rebuild`);
      expect(status, stderr).toBe(0);
      expect(stderr).toMatch(/^random-1\.0: restored through fixupPhase/m);
    });

    it("exits with 130 after an interrupt", async () => {
      const { stdout, stderr } = await machine.run(`
        phasecache prove -f . slow > out 2> typed & pid=$!
        until [ "$(grep -c 'running installPhase' typed)" = 2 ]; do sleep 0.2; done 2> /dev/null
        kill -INT $pid; wait $pid; echo $?; cat out; cat typed >&2; rm out typed`);
      expect(stdout, stderr).toBe("130\n");
      expect(stderr).toContain("building slow-1.0 again, without the store");
    });

    it("shows its builds on a terminal", async () => {
      const { stdout } = await machine.run(
        `script -qec 'stty cols 60; phasecache prove -f . equal' /dev/null`,
      );
      expect(shownBy(stdout)).toMatch(
        /^phasecache: building equal-1\.0 again, without the store\n(.*\n)*equal-1\.0: .*equal/m,
      );
    });
  },
);
