import { join } from "node:path";
import { computeKeys, type KeySource, type Keys } from "../../runtime/key/chain.ts";
import { type Derivation, readDerivation } from "../../runtime/key/derivation/derivation.ts";
import { explainMiss, type Miss } from "../../runtime/key/explain.ts";
import { readTable } from "../../runtime/key/table.ts";

export const table = readTable(join(import.meta.dirname, "../../hooks/phase-variables.json"));

export const standardPhases = [
  "unpackPhase",
  "patchPhase",
  "configurePhase",
  "buildPhase",
  "checkPhase",
  "installPhase",
  "fixupPhase",
  "installCheckPhase",
  "distPhase",
];

/** The variables that disable or enable a phase, from stdenv's manual. */
export const switches: Record<string, string> = {
  unpackPhase: "dontUnpack",
  patchPhase: "dontPatch",
  configurePhase: "dontConfigure",
  buildPhase: "dontBuild",
  checkPhase: "doCheck",
  installPhase: "dontInstall",
  fixupPhase: "dontFixup",
  installCheckPhase: "doInstallCheck",
  distPhase: "doDist",
};

/** Returns a store path whose hash repeats one letter. */
export function storePath(letter: string, name: string): string {
  return `/nix/store/${letter.repeat(32)}-${name}`;
}

export const hook = storePath("z", "phase-cache-hook");

/** The initial environment of the builder of GNU hello, as Nix 2.8 sets it. */
export function helloEnvironment(): Record<string, string> {
  return {
    HOME: "/homeless-shelter",
    NIX_BUILD_CORES: "2",
    NIX_BUILD_TOP: "/build",
    NIX_LOG_FD: "2",
    NIX_STORE: "/nix/store",
    PATH: "/path-not-set",
    PWD: "/build",
    TEMP: "/build",
    TEMPDIR: "/build",
    TERM: "xterm-256color",
    TMP: "/build",
    TMPDIR: "/build",
    builder: storePath("b", "bash-5.2p26/bin/bash"),
    buildInputs: `${storePath("i", "openssl-3.0.1-dev")} ${storePath("j", "zlib-1.3")}`,
    configureFlags: "--disable-nls --with-ssl",
    dev: storePath("d", "hello-2.12.1-dev"),
    doCheck: "1",
    doInstallCheck: "",
    makeFlags: "V=1",
    name: "hello-2.12.1",
    nativeBuildInputs: `${storePath("c", "cmake-3.29.2")} ${hook} ${storePath("w", "make-shell-wrapper-hook")}`,
    out: storePath("a", "hello-2.12.1"),
    outputs: "out dev",
    patches: storePath("p", "fix.patch"),
    pname: "hello",
    postInstall: `wrapProgram ${storePath("a", "hello-2.12.1")}/bin/hello`,
    preConfigure: "export FOO=1",
    src: storePath("s", "hello-2.12.1.tar.gz"),
    stdenv: storePath("x", "stdenv-linux"),
    strictDeps: "",
    system: "x86_64-linux",
    version: "2.12.1",
  };
}

export const commandLine = ["bash", "-e", storePath("f", "default-builder.sh")];

function block(strings: readonly string[]): Buffer {
  return Buffer.from(strings.map((text) => `${text}\0`).join(""), "latin1");
}

export function environBlock(environment: Record<string, string>): Buffer {
  return block(Object.entries(environment).map(([name, value]) => `${name}=${value}`));
}

export function derivationOf(environment: Record<string, string>, cmdline = commandLine): Derivation {
  const process = { environ: environBlock(environment), cmdline: block(cmdline) };
  return readDerivation({ ...process, buildTop: "/nonexistent" });
}

/** Computes the keys of a build with this environment, in a shell without setup hooks. */
export function keysOf(environment: Record<string, string>, rest: Partial<KeySource> = {}): Keys {
  return computeKeys({
    derivation: derivationOf(environment),
    phases: standardPhases,
    table,
    functions: new Map(),
    variables: new Map(),
    exported: new Set(),
    formatVersion: 1,
    ownPaths: [hook],
    ...rest,
  });
}

/** Returns the first phase whose key differs; undefined when none does. */
export function firstDifference(before: Keys, after: Keys, phases = standardPhases): string | undefined {
  return phases.find((_, index) => before.keys[index] !== after.keys[index]);
}

/** Returns the environment of hello with these variables set, or removed where they are undefined. */
export function edited(edit: Record<string, string | undefined>): Record<string, string> {
  const entries = Object.entries({ ...helloEnvironment(), ...edit });
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Returns the phase that uses input `name` first, in a hello with these attributes; undefined when it is not an input. */
export function phaseOf(
  name: string,
  attributes: Record<string, string>,
  rest: Partial<KeySource> = {},
): string | undefined {
  const { inputs } = keysOf({ ...helloEnvironment(), ...attributes }, rest);
  const phase = inputs.find((input) => input.name === name)?.phase;
  return phase === undefined ? undefined : (rest.phases ?? standardPhases)[phase];
}

/** Explains why a hello with attributes `after` misses the snapshots of one with `before`. */
export function missOf(
  after: Record<string, string>,
  before: Record<string, string> = {},
  rest: Partial<KeySource> = {},
): Miss | null {
  const now = { ...keysOf(edited(after), rest), phases: rest.phases ?? standardPhases };
  return explainMiss(now, { ...keysOf(edited(before)), phases: standardPhases });
}

export const cmake = storePath("c", "cmake-3.29.2");
export const ninja = storePath("n", "ninja-1.12.1");
export const wrapper = storePath("w", "make-shell-wrapper-hook");
