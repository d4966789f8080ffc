import { nixPath, nixString } from "../rig.ts";
import type { Random } from "./random.ts";

/** The package's phases in the order in which they run. */
export const phases = [
  "unpackPhase",
  "patchPhase",
  "configurePhase",
  "buildPhase",
  "checkPhase",
  "installPhase",
  "fixupPhase",
  "installCheckPhase",
] as const;

type Phase = (typeof phases)[number];

/** A value of a dimension: its additions to the derivation. */
interface Value {
  /** Nix bindings, each with its `;`. */
  bindings?: string;
  /** An element of nativeBuildInputs. */
  input?: string;
  /** Bash code, by the name of the hook that runs it. */
  code?: Record<string, string>;
}

/** Something that is edited: its possible values, and the first phase whose result depends on it; null for all phases. */
interface Dimension {
  first: Phase | null;
  values: readonly Value[];
}

/** A version of the package: the index of each dimension's value. */
export type Version = readonly number[];

const bind = (...texts: string[]): Value[] => texts.map((bindings) => ({ bindings }));
const run = (hook: string, ...texts: string[]): Value[] => texts.map((text) => ({ code: { [hook]: text } }));
const setupHook = (text: string): Value => ({
  input: `(builtins.toFile "setup-hook.sh" ${nixString(text)})`,
});
const source = (word: string) =>
  `src = pkgs.callPackage ${nixPath(`${import.meta.dirname}/sources.nix`)} { word = "${word}"; };`;
const added = (name: string) =>
  `(builtins.toFile "${name}.patch" "--- /dev/null\\n+++ b/${name}\\n@@ -0,0 +1 @@\\n+${name}\\n")`;
const none: Value = {};

const dimensions: readonly Dimension[] = [
  { first: null, values: bind(...["one", "two", "three"].map(source)) },
  { first: null, values: bind(`SOME_WORD = "first";`, `SOME_WORD = "second";`) },
  {
    first: null,
    values: bind(`outputs = [ "out" ];`, `outputs = [ "out" "dev" ];`, `outputs = [ "out" "doc" "dev" ];`),
  },
  { first: null, values: [none, ...bind("__structuredAttrs = true;")] },
  {
    first: null,
    values: [
      none,
      setupHook("marks=hooked"),
      setupHook(`hooked() { export HOOKED="$out"; }; preConfigureHooks+=(hooked)`),
    ],
  },
  {
    first: null,
    values: [
      none,
      ...run(
        "postUnpack",
        `declare -gA table=([where]="$out" [two]=$'a\\nb')`,
        `declare -ga table=([7]=seven [3]="$out"); shopt -s extglob`,
        `unset SOME_WORD; mkdir "$sourceRoot/tools"; printf '#!/bin/bash\\necho tool' > "$sourceRoot/tools/tool"; PATH=$PWD/$sourceRoot/tools:$PATH`,
      ),
    ],
  },
  {
    first: "patchPhase",
    values: [none, ...bind(`patches = [ ${added("a")} ];`, `patches = [ ${added("a")} ${added("b")} ];`)],
  },
  {
    first: "patchPhase",
    values: [
      none,
      ...run(
        "postPatch",
        `echo "$out" > data/where`,
        "rm data/zeros; mkdir data/zeros",
        "ln -f text.in data/same",
      ),
    ],
  },
  {
    first: "configurePhase",
    values: [
      none,
      ...run(
        "preConfigure",
        "marks+=configured",
        `marks=("$PWD" "$out"); umask 027`,
        `note() { echo "noted $out"; }; set +u`,
      ),
    ],
  },
  {
    first: "configurePhase",
    values: [
      none,
      ...bind(
        `configureFlags = [ "--with-kind=other" ];`,
        `configureFlags = [ "--with-kind=\${placeholder "out"}" ];`,
      ),
    ],
  },
  {
    first: "buildPhase",
    values: [
      none,
      ...bind(`makeFlags = [ "WORD=made" ];`, `makeFlags = [ "WORD=\${placeholder "out"}/word" ];`),
    ],
  },
  { first: "buildPhase", values: [none, ...bind(`buildFlags = [ "NOTE=built" "all" ];`)] },
  {
    first: "buildPhase",
    values: [
      none,
      ...run(
        "postBuild",
        "truncate -s 3M holes; mkfifo pipe",
        `rm -f main.c; ln -s "$out" forward; cd data`,
        "chmod 500 data; marks+=(built)",
      ),
    ],
  },
  { first: "checkPhase", values: [none, ...bind("doCheck = true;")] },
  { first: "checkPhase", values: [none, ...run("postCheck", "export CHECKED=yes; mv checked found")] },
  {
    first: "installPhase",
    values: [none, ...run("preInstall", "declare -p marks table 2> /dev/null > state || :")],
  },
  // With several outputs, configurePhase extends this variable.
  {
    first: "installPhase",
    values: [none, ...bind(`installFlags = [ "NOTE=installed" ];`)],
  },
  {
    first: "installPhase",
    values: [
      none,
      ...run(
        "postInstall",
        `echo "$out" > $out/self; ln -s "$out/self" $out/link; if [[ -e state ]]; then cp state $out; fi`,
        `if declare -F note; then note; fi > $out/noted; umask > $out/umask`,
      ),
    ],
  },
  {
    first: "installPhase",
    values: [
      none,
      { input: "pkgs.makeWrapper", code: { postInstall: `wrapProgram $out/bin/program --set WHERE "$out"` } },
      { input: "pkgs.installShellFiles" },
    ],
  },
  {
    first: "fixupPhase",
    values: [
      none,
      ...run("preFixup", `find "$out" -type f | LC_ALL=C sort | sed "s|$out|here|" > list; cp list $out`),
    ],
  },
  {
    first: "fixupPhase",
    values: [
      none,
      ...run(
        "postFixup",
        `rm -r "$out/share/note"`,
        `mv "$out/bin/program" "$out/bin/renamed"; echo "\${table[*]-} \${CHECKED-}" > $out/table`,
      ),
    ],
  },
  { first: "fixupPhase", values: [none, ...bind("dontStrip = true;")] },
  {
    first: "installCheckPhase",
    values: [
      none,
      ...bind(
        `doInstallCheck = true; postInstallCheck = "touch $out/checked";`,
        `doInstallCheck = true; postInstallCheck = "ls $out > $out/checked";`,
      ),
    ],
  },
];

/** The part that all versions share. `hang` makes a phase hang; it is excluded from the keys. */
const constant: Value = {
  bindings: `pname = "soak"; version = "1"; phaseCacheIgnore = [ "hang" ];`,
  code: {
    ...Object.fromEntries(
      ["Unpack", "Patch", "Configure", "Build", "Check", "Install", "Fixup"].map((name) => [
        `pre${name}`,
        `[[ -e Makefile || -z \${sourceRoot-} ]] || cd ..; if [[ \${hang-} == ${name} ]]; then sleep 60; fi`,
      ]),
    ),
    postInstall: `for output in $(getAllOutputNames); do mkdir -p "\${!output}"; echo "$out" > "\${!output}/main"; done`,
  },
};

export const firstVersion: Version = dimensions.map(() => 0);

/** Changes the value of one dimension, sometimes of two. */
export function edited(version: Version, random: Random): Version {
  const next = [...version];
  for (let changes = random.chance(20) ? 2 : 1; changes > 0; changes--) {
    const at = random.below(dimensions.length);
    next[at] =
      (next[at]! + 1 + random.below(dimensions[at]!.values.length - 1)) % dimensions[at]!.values.length;
  }
  return next;
}

function joined(parts: readonly Value[]): string {
  const code = new Map<string, string[]>();
  for (const [hook, text] of parts.flatMap((part) => Object.entries(part.code ?? {})))
    code.set(hook, [...(code.get(hook) ?? []), text]);
  return [...code].map(([hook, texts]) => `${hook} = ${nixString(texts.join("\n"))};`).join(" ");
}

/** A version as a Nix expression. With `hang`, that phase (`Build`, …) never ends. */
export function expression(version: Version, hang = ""): string {
  const parts = [constant, ...version.map((value, at) => dimensions[at]!.values[value]!)];
  const bindings = parts.map((part) => part.bindings ?? "").join(" ");
  const inputs = parts.map((part) => part.input ?? "").join(" ");
  return `(pkgs.stdenv.mkDerivation {
    ${bindings} ${joined(parts)} ${hang === "" ? "" : `hang = "${hang}";`}
    nativeBuildInputs = [ pkgs.phaseCacheHook ${inputs} ];
  })`;
}

/** The index of the last phase that `version` runs and that has the same result in both versions; -1 for none. */
export function commonPhase(version: Version, other: Version): number {
  const firsts = dimensions.flatMap(({ first }, at) =>
    version[at] === other[at] ? [] : [phases.indexOf(first ?? "unpackPhase")],
  );
  const bindings = version.map((value, at) => dimensions[at]!.values[value]!.bindings ?? "").join(" ");
  const runs = (phase: Phase) => {
    const name = /^(check|installCheck)Phase$/.exec(phase)?.[1];
    return name === undefined || bindings.includes(`do${name[0]!.toUpperCase()}${name.slice(1)} = true`);
  };
  const shared = phases.slice(0, Math.min(phases.length, ...firsts));
  return phases.indexOf(shared.filter(runs).at(-1) ?? ("" as Phase));
}

/** A version as text, to reproduce it. */
export function shown(version: Version): string {
  return version.join(".");
}
