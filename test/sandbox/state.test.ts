import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BuildResult, compareOutputs, createRig, type Rig } from "./rig.ts";

/**
 * Writes the state of the shell that a phase sees to the output: everything that bash can print. Omits what bash changes by
 * itself, what differs between any two builds, and the hook's functions.
 */
const witness = `{
  echo "status $?" "OLDPWD ''\${OLDPWD-unset}" "flags $-" "arguments $#: $*" "shell level $SHLVL"
  pwd -L; pwd -P; dirs -l -p; umask; trap -p; shopt -p; set +o; alias -p; ulimit -a; enable
  ls /proc/self/fd
  declare -p | grep -vE '^declare -[-a-zA-Z]+ (_|BASH_ARGC|BASH_ARGV|BASH_LINENO|BASH_SOURCE|FUNCNAME|LINENO|PIPESTATUS|BASHPID|PPID|RANDOM|SRANDOM|SECONDS|EPOCH[A-Z]*|BASH_REMATCH|BASH_COMMAND|BASH_SUBSHELL|startTime)='
  compgen -A function | grep -vxE '_phaseCache.*|runPhase|exitHandler' | while IFS= read -r name; do declare -f "$name"; done
  env -0 | sort -z | tr '\\\\0' '\\\\n' | grep -v '^_='
} > $out/witness 2>&1`;

const phases = {
  unpackPhase: `"mkdir 'odd  name' tree; cd 'odd  name'"`,
  configurePhase: `''
    export EXPORTED='a "b" $c \`d\`'; declare -gA map=([k]='v w' ['"']=x); list=(1 [5]=sparse); declare -gi number=7
    declare -gr constant=1; declare -g declared; declare -gx also; empty=(); unset SHELL || :
    helper() { cat <<E
text $1
E
    }; export -f helper
    shopt -s extglob globstar; set -f; IFS=$':\\n'; umask 027; pushd ../tree >/dev/null; set -- one two
    PATH=$PWD/bin:$PATH; alias ll='ls -l'
  ''`,
  buildPhase: `"cd ..; cd tree; set +f; false || true"`,
};

/** A package with these phases and an installPhase that writes the witness. */
function derivation(attributes: Record<string, string>): string {
  const all = {
    pname: `"witness"`,
    version: `"1"`,
    nativeBuildInputs: "[ pkgs.phaseCacheHook ]",
    ...phases,
    dontFixup: "true",
    installPhase: `''status=$?; mkdir -p $out; (exit $status); ${witness}''`,
    ...attributes,
  };
  const body = Object.entries(all).map(([name, value]) => `${name} = ${value};`);
  return `pkgs.stdenv.mkDerivation { ${body.join(" ")} }`;
}

/** Composes the name FLAGS, so that no phase's text contains it: phaseCacheFirstUse is then accepted. */
const unnamed = "name=FLA; name+=GS;";

const throughOf = ({ messages }: BuildResult) =>
  messages.map((line) => /^restored \S+ through (\w+)/.exec(line)?.[1]).find(Boolean) ?? null;
const witnessOf = ({ outPaths }: BuildResult) => readFileSync(join(outPaths.out!, "witness"), "utf8");

describe(`the shell of a phase, with ${process.env.PHASECACHE_NIXPKGS ? "nixpkgs' own stdenv" : "the small stdenv"}`, () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await createRig();
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it.each(["false", "true"])(
    "is the same whether the phases before it ran or were restored (__structuredAttrs = %s)",
    async (structured) => {
      const attributes = { __structuredAttrs: structured, pname: `"witness-${structured}"` };
      const cold = await rig.build(derivation({ ...attributes, installPhase: `"mkdir $out"` }));
      expect(cold.ok, cold.log).toBe(true);
      const restored = await rig.build(derivation(attributes));
      expect(restored.ok, restored.log).toBe(true);
      expect(throughOf(restored)).toBe("buildPhase");
      const clean = await rig.build(derivation(attributes), { store: false });
      expect(witnessOf(restored)).toContain("also");
      expect(compareOutputs(restored.outPaths, clean.outPaths)).toEqual([]);
    },
  );

  /** Builds a package, then its edit with and without the store. Returns the result of the restored build. */
  const editAndCompare = async (attributes: Record<string, string>, edit: Record<string, string>) => {
    const cold = await rig.build(derivation(attributes));
    expect(cold.ok, cold.log).toBe(true);
    const edited = derivation({ ...attributes, ...edit });
    const restored = await rig.build(edited);
    expect(restored.ok, restored.log).toBe(true);
    const clean = await rig.build(edited, { store: false });
    expect(compareOutputs(restored.outPaths, clean.outPaths)).toEqual([]);
    return restored;
  };

  it("has a PATH that a phase extended, including a package that was added by the edit", async () => {
    // According to its name, only late phases use this package.
    const tool = `(pkgs.runCommand "nuke-references" { } "mkdir -p $out/bin; echo 'echo used' > $out/bin/nuke-refs; chmod +x $out/bin/nuke-refs")`;
    const restored = await editAndCompare(
      { pname: `"path"`, installPhase: `''mkdir $out; echo "$PATH" > $out/path''` },
      {
        nativeBuildInputs: `[ pkgs.phaseCacheHook ${tool} ]`,
        installPhase: `''mkdir $out; echo "$PATH" > $out/path; nuke-refs > $out/tool''`,
      },
    );
    expect(throughOf(restored)).toBe("buildPhase");
    const path = readFileSync(join(restored.outPaths.out!, "path"), "utf8");
    expect(path).toMatch(/^\/build\/tree\/bin:.*nuke-references/);
  });

  it.each([
    {
      name: "string",
      flags: [`"a"`, `"b"`],
      change: `printf -v "$name" '%s more' "''\${!name}"`,
      expected: "b more",
    },
    {
      name: "array",
      flags: [`[ "a" ]`, `[ "b" "c" ]`],
      change: `declare -gn ref=$name; ref+=(more); unset -n ref`,
      expected: "b:c:more",
    },
  ])(
    "has a $name that a phase extended and whose initial value changed",
    async ({ name, flags, change, expected }) => {
      const restored = await editAndCompare(
        {
          pname: `"extended-${name}"`,
          __structuredAttrs: name === "array" ? "true" : "false",
          FLAGS: flags[0]!,
          phaseCacheFirstUse: `[ "FLAGS=installPhase" ]`,
          buildPhase: `''${unnamed} ${change}''`,
          installPhase: `''mkdir $out; echo "''\${FLAGS[*]}" > $out/flags''`,
        },
        { FLAGS: flags[1]! },
      );
      expect(throughOf(restored)).toBe("buildPhase");
      expect(readFileSync(join(restored.outPaths.out!, "flags"), "utf8")).toBe(`${expected}\n`);
    },
  );

  it("is not restored when a phase replaced a value whose initial value changed: the miss has the reason", async () => {
    const restored = await editAndCompare(
      {
        pname: `"replaced"`,
        FLAGS: `"a"`,
        phaseCacheFirstUse: `[ "FLAGS=installPhase" ]`,
        buildPhase: `''${unnamed} printf -v "$name" %s "''\${!name^^}"''`,
        installPhase: `"mkdir $out; echo $FLAGS > $out/flags"`,
      },
      { FLAGS: `"b"` },
    );
    expect(throughOf(restored), restored.log).toBe("configurePhase");
    expect(restored.messages.join("\n")).toContain(
      "miss at buildPhase: an earlier phase modified FLAGS, whose initial value changed: -x a → -x b",
    );
  });

  it("is not saved with a trap that a phase set: the next build runs that phase", async () => {
    const attributes = { pname: `"trapping"`, buildPhase: `"trap 'echo stopped' TERM"` };
    const cold = await rig.build(derivation(attributes));
    expect(cold.ok, cold.log).toBe(true);
    expect(cold.messages.at(-1)).toBe(
      "buildPhase is not saved: it changed a trap, which cannot be restored: trap -- 'echo stopped' SIGTERM; " +
        "building without the cache",
    );
    const restored = await editAndCompare(attributes, {
      postPhases: `[ "lastPhase" ]`,
      lastPhase: `"touch $out/last"`,
    });
    expect(throughOf(restored)).toBe("configurePhase");
  });
});
