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

/** Packages without the hook (but for `hooked` and `nested`); `install` and `word` are what a user edits. */
const packages = (from: string) => `{ word ? "built", install ? "cp built $out", pkgs ? ${from} }:
let
  make = pname: more: pkgs.stdenv.mkDerivation ({
    inherit pname; version = "1.0"; dontUnpack = true; doCheck = false;
    buildPhase = "echo \${word} > built; sleep 1";
    installPhase = "mkdir -p $out; \${install}";
  } // more);
in {
  hello = make "hello" { };
  bye = make "bye" { };
  hooked = make "hooked" { nativeBuildInputs = [ pkgs.phaseCacheHook ]; };
  command = make "command" { buildCommand = "touch $out"; };
  nested = make "nested" { __structuredAttrs = true; nativeBuildInputs = [ [ pkgs.phaseCacheHook ] ]; };
  off = make "off" { dontPhaseCache = true; };
  slow = make "slow" { buildPhase = "sleep 300"; };
  broken = make "broken" { buildPhase = "echo oops; exit 3"; };
  several = { recurseForDerivations = true; first = make "first" { }; second = make "second" { }; text = "none"; };
  raw = derivation { name = "raw"; system = builtins.currentSystem; builder = "/bin/sh"; };
  text = "none";
}
`;

describe.skipIf(!isRoot)(
  `phasecache build, with ${nixpkgs ? "nixpkgs' own stdenv" : "the small stdenv"}${isRoot ? "" : " (needs root)"}`,
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

    it("builds an attribute of a file and restores it after an edit, without a change of the package", async () => {
      const first = await machine.run("phasecache build -f default.nix hello && cat result/built");
      expect(first.status, first.stderr).toBe(0);
      expect(first.stdout).toBe("built\n");
      expect(first.stderr).toMatch(
        /^hello-1\.0: running buildPhase\nhello-1\.0: buildPhase ran [1-9]\.\d s, saved \(/m,
      );
      expect(first.stderr).toMatch(/^phasecache: no time saved; \d phases saved for the next build\n$/m);
      const edit = `--argstr install 'cp built $out/other'`;
      const second = await machine.run(
        `phasecache build -f default.nix hello ${edit}; echo $?; cat result/other`,
      );
      expect(second.stdout, second.stderr).toBe("0\nbuilt\n");
      expect(second.stderr).toMatch(/^hello-1\.0: restored through buildPhase in .* saved$/m);
      expect(second.stderr).toMatch(/^hello-1\.0: buildPhase restored, [1-9]\.\d s saved$/m);
      expect(second.stderr).not.toContain("running buildPhase");
      expect(second.stderr).toMatch(/^phasecache: \d\.\d s saved\n$/m);
      const third = await machine.run(`phasecache --json build -f default.nix hello ${edit} --no-link`);
      expectDocument("build", third.stdout);
      expect(JSON.parse(third.stdout)).toMatchObject({
        schema: 1,
        targets: [{ name: "hello-1.0", saved: 0 }],
        begun: 0,
      });
    });

    it("accepts an expression, several attributes, sets and lists", async () => {
      const expression = await machine.run(
        `phasecache build -E '[ (import ./default.nix { }).hello (import ./. { word = "x"; }).bye ] # both' -o both; sort both/built both-1/built`,
      );
      expect(expression.stdout, expression.stderr).toBe("built\nx\n");
      const set = await machine.run("phasecache build -f . several bye -o set -j2; ls -d set*");
      expect(set.stdout, set.stderr).toBe("set\nset-1\nset-2\n");
    });

    it("accepts a flake and evaluates it in pure mode, as Nix does", async () => {
      mkdirSync(at("flake"));
      writeFileSync(at("flake/default.nix"), packages("null"));
      writeFileSync(
        at("flake/flake.nix"),
        `{ outputs = _: { packages.x86_64-linux.default = (import ./. {
          word = "flake"; pkgs = ${hostPkgs("./test/sandbox/host-pkgs.nix", `system = "x86_64-linux";`)}; }).hello; }; }`,
      );
      const { stdout, stderr } = await machine.run(`
        mkdir flake/test; for name in nix hooks dist test/sandbox; do cp -r ${project}/$name flake/$name; done
        cd flake; phasecache build; cat result/built; phasecache build .#default^out --no-link`);
      expect(stdout, stderr).toBe("flake\n");
      expect(stderr).toMatch(/^hello-1\.0: buildPhase ran/m);
      expect(stderr).toMatch(/^phasecache: nothing to build: it is already built$/m);
    });

    it("does not change a package that has the hook; builds with and without `phasecache build` share snapshots", async () => {
      const { stdout, stderr } = await machine.run(
        `phasecache build -f . hooked; nix-store --delete "$(readlink result)" --ignore-liveness >/dev/null 2>&1; phasecache build -f . hooked --no-link`,
      );
      expect(stderr).toMatch(/^hooked-1\.0: restored through fixupPhase/m);
      expect(stdout).toBe("");
    });

    it("works when installed in the Nix store", async () => {
      const { stdout, stderr } = await machine.run(`
        command=$(nix-build --no-out-link -E '(${pkgs}).phasecache')/bin/phasecache
        $command build -f . hello --argstr install 'cp built $out/installed' --no-link; echo $?; $command doctor | grep -v ^PASS
        nix-store --query --references $(find /nix/store -maxdepth 1 -name '*-phase-cache-hook' -type f) | grep -o phasecache-dist`);
      expect(stdout, stderr).toMatch(/^0\n(INFO .*\n)*phasecache-dist\n$/);
      expect(stderr).toMatch(/^hello-1\.0: restored through buildPhase/m);
    });

    it("returns Nix's exit status, prints the end of the log and the command that prints all of it", async () => {
      const { status, stdout, stderr } = await machine.run("phasecache build -f . broken");
      expect(status).toBe(1);
      expect(stdout).toBe("");
      expect(stderr).toMatch(/^broken-1\.0: buildPhase failed after \d\.\d s, saved \(/m);
      expect(stderr).toMatch(
        /^error: [\s\S]*broken-1\.0\.drv'[\s\S]* failed with exit code 3[\s\S]*^ {2}broken-1\.0> oops$/m,
      );
      expect(stderr).toMatch(/^ {2}full log: nix-store --read-log \/nix\/store\/\S+-broken-1\.0\.drv$/m);
    });

    it.each([
      [
        "command",
        "no phase of command-1.0 can be saved: it runs one command instead of phases (buildCommand, ",
      ],
      [
        "nested",
        "no phase of nested-1.0 can be saved: with __structuredAttrs, bash gets no nativeBuildInputs ",
      ],
      ["off", "no phase was saved: see the messages above, or run `phasecache doctor`"],
    ])("prints why no phase was saved, or a command that finds the reason: %s", async (name, words) => {
      const { status, stderr } = await machine.run(`phasecache build -f . ${name} --no-link`);
      expect(status, stderr).toBe(0);
      expect(stderr).toContain(`phasecache: ${words}`);
      expect(stderr).not.toContain("0 phases");
    });

    it("-q prints only Nix's messages, and --color overrides the detection of a terminal", async () => {
      const { stderr } = await machine.run("phasecache -q --color always build -f . broken --no-link");
      expect(stderr).not.toMatch(/^broken-1\.0: |^phasecache: /m);
      expect(stderr).toMatch(/\x1b\[31;1merror:\x1b\[0m/);
      expect(stderr).toMatch(/^ {2}broken-1\.0> oops$/m);
    });

    it("-L prints the builders' output", async () => {
      const { stderr } = await machine.run("phasecache build -f . broken -L --no-link");
      expect(stderr).toMatch(/^broken-1\.0> oops$/m);
      expect(stderr).not.toContain("full log");
    });

    it.each([
      ["a derivation that was not made by stdenv", "-f . raw", 1, /raw was not made by stdenv\.mkDerivation/],
      ["a value that is not a derivation", "-f . text", 1, /a string is not a derivation/],
      ["an attribute that does not exist", "-f . nothing", 1, /attribute 'nothing'.* not found/],
      ["an unknown option", "-f . hello --frob", 2, /no option --frob/],
    ])("refuses %s", async (_, args, expected, says) => {
      const { status, stdout, stderr } = await machine.run(`phasecache build ${args}`);
      expect([status, stdout]).toEqual([expected, ""]);
      expect(stderr).toMatch(says);
    });

    it("passes an interrupt on to Nix, and exits with 130", async () => {
      const { stdout, stderr } = await machine.run(`
        phasecache build -f . slow --no-link 2> log & pid=$!
        until grep -q 'running buildPhase' log; do sleep 0.2; done
        kill -INT $pid; wait $pid; echo $?; grep -lx sleep /proc/[0-9]*/comm || echo none; cat log >&2`);
      expect(stdout, stderr).toBe("130\nnone\n");
      expect(stderr).toMatch(/interrupted/);
    });

    it("exits after an interrupt from the terminal, and removes the live view", async () => {
      const command = `trap : INT; phasecache build -f . slow --no-link; echo "status $?"`;
      const { stdout } = await machine.run(
        `(until grep -q 'buildPhase [0-9]' typed; do sleep 0.2; done; printf '\\003'; sleep 2) | script -fqec '${command}' typed`,
      );
      expect(stdout).toMatch(/status 130/);
      expect(shownBy(stdout)).not.toMatch(/buildPhase \d+\.\d s/);
    });

    it("builds through the daemon as any user", async () => {
      const { stdout, stderr } = await machine.run(`
        nix-daemon > /dev/null 2>&1 & sleep 1; chmod -R o+rX .; mkdir -m 777 nobody
        HOME=$PWD/nobody NIX_REMOTE=daemon setpriv --reuid=65534 --regid=65534 --clear-groups phasecache build -f . hello --argstr install 'cp built $out/daemon' --no-link; echo $?; rm /nix/var/nix/daemon-socket/socket`);
      expect(stdout, stderr).toBe("0\n");
      expect(stderr).toMatch(/^hello-1\.0: restored through buildPhase/m);
    });

    it("requires the system feature when a pre-build-hook mounts the store for it", async () => {
      const { stdout, stderr } = await machine.run(`
        printf '#!/bin/bash\\nif grep -q phase-cache "$1"; then printf "extra-sandbox-paths\\\\n/var/cache/phasecache\\\\n\\\\n"; fi\\n' > hook
        chmod +x hook; cp /etc/nix/nix.conf kept; sed -i /phasecache/d /etc/nix/nix.conf
        printf 'extra-system-features = phase-cache\\npre-build-hook = %s\\n' "$PWD/hook" >> /etc/nix/nix.conf
        phasecache build -f . hello --argstr install 'cp built $out/asked' --no-link; echo $?
        phasecache doctor | grep -v ^PASS; phasecache init; mv kept /etc/nix/nix.conf`);
      expect(stdout, stderr).toMatch(/^0\nINFO {2}sandbox-paths: only builds that require .*\n(INFO .*\n)*$/);
      expect(stderr).toMatch(/^hello-1\.0: restored through buildPhase/m);
    });

    it("draws a live view on a terminal, and leaves only the final lines", async () => {
      const command = `stty cols 60; phasecache build -f . hello --argstr word live --no-link; echo "status $?"`;
      const { stdout } = await machine.run(`script -qec '${command}' /dev/null`);
      expect(stdout).toMatch(/hello-1\.0: buildPhase (?!0\.0)\d+\.\d s/);
      expect(stdout).toContain("\r\x1b[J");
      expect(stdout).toMatch(/status 0/);
      expect(shownBy(stdout)).toMatch(/^hello-1\.0: buildPhase ran [1-9]\.\d s, saved \(/m);
      expect(shownBy(stdout)).not.toMatch(/buildPhase \d+\.\d s/);
    });
  },
);
