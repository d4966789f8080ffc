import { describeCases } from "./check.ts";

const plain = `installPhase = "mkdir -p $out; cp a $out"; `;
const late = (name: string, programs: Record<string, string>) =>
  `(pkgs.runCommand "${name}" { } ''mkdir -p $out/bin; ${Object.entries(programs)
    .map(
      ([program, says]) => `printf '#!/bin/sh\\necho ${says}\\n' > $out/bin/${program}; chmod +x $out/bin/*;`,
    )
    .join(" ")}'')`;
const nuke = late("nuke-references", { "nuke-refs": "nuke" });

describeCases("texts that a phase runs", {
  "a function with a dash in its name": {
    package: `buildPhase = "my-build"; ${plain}`,
    hooks: [`my-build() { echo "flags \${installFlags-none}" > a; }`],
    edit: `installFlags = "X=1";`,
    through: "configurePhase",
  },
  "a function called through a variable": {
    package: `buildPhase = "f=myBuild; $f"; ${plain}`,
    hooks: [`myBuild() { echo "flags \${installFlags-none}" > a; }`],
    edit: `installFlags = "X=1";`,
    through: "configurePhase",
  },
  "a function whose name is composed": {
    package: `buildPhase = "for p in my; do $p-build; done"; ${plain}`,
    hooks: [`my-build() { echo "flags \${installFlags-none}" > a; }`],
    edit: `installFlags = "X=1";`,
    through: "configurePhase",
  },
  "a file in the Nix store that is sourced": {
    package: `buildPhase = "source \${builtins.toFile "helper.sh" "emit() { echo flags: \\\${installFlags-none}; }"}; emit > a"; ${plain}`,
    edit: `installFlags = "X=1";`,
    through: "configurePhase",
  },
  "a file in the Nix store that an attribute refers to": {
    package: `helper = builtins.toFile "helper.sh" "echo flags: \\\${installFlags-none} > a"; buildPhase = ". $helper"; ${plain}`,
    edit: `installFlags = "X=1";`,
    through: "configurePhase",
  },
  "a script in the Nix store that another program runs": {
    package: `buildPhase = "python3 \${builtins.toFile "dump.py" "import os\\nprint(os.environ.get('installFlags'))\\n"} > a"; ${plain}`,
    edit: `installFlags = "X=1";`,
    through: "configurePhase",
  },
  "a script in the Nix store that is copied first": {
    package: `buildPhase = "cp \${builtins.toFile "dump.py" "import os\\nprint(sorted(k for k in os.environ if k[:4] == 'post'))\\n"} dump.py; python3 dump.py > a"; ${plain}`,
    edit: `postFixup = "true";`,
    through: "configurePhase",
    says: /buildPhase reads the whole environment/,
  },
  "an attribute that a phase evaluates": {
    package: `code = "echo flags: \\\${installFlags-none} > a"; buildPhase = ''eval "$code"''; ${plain}`,
    edit: `installFlags = "X=1";`,
    through: "configurePhase",
  },
  substituteAll: {
    package: `installFlags = "Z=0"; buildPhase = "echo 'flags: @installFlags@' > t.in; substituteAll t.in a"; ${plain}`,
    edit: `installFlags = "X=1";`,
    through: "configurePhase",
  },
  "the attributes' JSON file": {
    package: `__structuredAttrs = true; buildPhase = ''grep -o '"postFixup":"[^"]*"' .attrs.json > a || echo none > a''; ${plain}`,
    edit: `postFixup = "true";`,
    through: "configurePhase",
  },
  "a late attribute that is passed as a file": {
    package: `passAsFile = [ "installFlags" ]; installFlags = "A"; buildPhase = "cat $installFlagsPath > a"; ${plain}`,
    edit: `installFlags = "B";`,
    through: "configurePhase",
  },
  "an unrelated attribute that contains the name of a late one": {
    package: `note = "see postInstall"; buildPhase = "echo x > a"; installPhase = "mkdir -p $out; cp a $out; runHook postInstall";`,
    edit: `postInstall = "touch $out/b";`,
    through: "installPhase",
  },
});

describeCases("late packages that an early phase sees", {
  "$PATH as a value": {
    package: `buildPhase = ''echo "$PATH" | tr : '\\n' > a''; ${plain}`,
    edit: `nativeBuildInputs = [ ${nuke} ];`,
    through: "configurePhase",
    says: /reads \$PATH/,
  },
  "$PATH that a phase saves in a variable": {
    package: `preConfigure = "export KEPT=$PATH"; configurePhase = "runHook preConfigure"; buildPhase = "echo x > a";
      installPhase = "mkdir -p $out; cp a $out; PATH=$KEPT; runHook postInstall";`,
    edit: `nativeBuildInputs = [ ${nuke} ]; postInstall = "nuke-refs > $out/b";`,
    through: "patchPhase",
  },
  "$PATH that a phase extends": {
    package: `buildPhase = "export PATH=$PWD/bin:$PATH; echo x > a"; ${plain}`,
    edit: `nativeBuildInputs = [ ${nuke} ]; postFixup = "nuke-refs > $out/b";`,
    through: "buildPhase",
  },
  nativeBuildInputs: {
    package: `buildPhase = "for i in $nativeBuildInputs; do echo \\\${i##*/}; done | grep -v phase > a || true"; ${plain}`,
    edit: `nativeBuildInputs = [ ${nuke} ];`,
    through: "configurePhase",
  },
  "a program that is looked up by a composed name": {
    package: `buildPhase = "for p in nuke; do command -v $p-refs > a || echo none > a; done"; ${plain}`,
    edit: `nativeBuildInputs = [ ${nuke} ];`,
    through: "configurePhase",
  },
  "another package with the name of a late one": {
    package: `buildInputs = [ ${late("nuke-references", { gen: "one" })} ]; buildPhase = "gen > a"; ${plain}`,
    edit: `buildInputs = [ ${late("nuke-references", { gen: "two" })} ];`,
    through: null,
  },
  "the word die in code of another language": {
    package: `postPatch = "perl -e 'open(F, \\"/dev/null\\") or die'"; buildPhase = "echo x > a"; ${plain}`,
    edit: `nativeBuildInputs = [ pkgs.makeWrapper ]; postFixup = "install -m 755 $out/a $out/b; wrapProgram $out/b";`,
    through: "buildPhase",
  },
  qtWrapperArgs: {
    package: `buildPhase = "echo x > a"; ${plain}`,
    edit: `qtWrapperArgs = [ "--set A B" ];`,
    through: "installPhase",
  },
});
