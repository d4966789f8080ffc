import { describeCases } from "./check.ts";

/** Bindings for sources that consist of one file. */
const sources = (file: string, text: string) =>
  `dontUnpack = false; src = pkgs.runCommand "sources" { passAsFile = [ "text" ]; text = ${JSON.stringify(text).replaceAll("${", "\\${")}; } ''mkdir -p $out/$(dirname ${file}); cp $textPath $out/${file}''; `;
const plain = `buildPhase = "ls > a"; installPhase = "mkdir -p $out; cp a $out"; `;
const make = `buildPhase = "make"; installPhase = "mkdir -p $out; cp a $out"; `;

describeCases("a file in the sources that reads a late attribute", {
  "a makefile": {
    package: sources("Makefile", `all:\n\techo "flags: $(installFlags)" > a\n`) + make,
    edit: `installFlags = "X=1";`,
    through: "unpackPhase",
    says: /build\/sources\/Makefile from unpackPhase refers to installFlags/,
  },
  "a makefile's shell": {
    package: sources("Makefile", `all:\n\techo "flags: $$installFlags" > a\n`) + make,
    edit: `installFlags = "X=1";`,
    through: "unpackPhase",
  },
  "a script that is sourced": {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: shell
    package: `${sources("helper.sh", "echo flags: ${installFlags-none} > a\n")} buildPhase = ". ./helper.sh"; installPhase = "mkdir -p $out; cp a $out";`,
    edit: `installFlags = "X=1";`,
    through: "unpackPhase",
  },
  "a Python program": {
    package: `${sources("gen.py", "import os\nprint(os.environ.get('postFixup'))\n")} buildPhase = "python3 gen.py > a"; installPhase = "mkdir -p $out; cp a $out";`,
    edit: `postFixup = "true";`,
    through: "unpackPhase",
  },
  "a C program": {
    package: `${sources("gen.c", '#include <stdio.h>\n#include <stdlib.h>\nint main(void) { char *f = getenv("checkFlags"); puts(f ? f : "none"); return 0; }\n')} buildPhase = "gcc gen.c -o gen; ./gen > a"; installPhase = "mkdir -p $out; cp a $out";`,
    edit: `checkFlags = "X=1";`,
    through: "unpackPhase",
  },
  "a flake": {
    package: sources("flake.nix", `{ postInstall = "echo \${installFlags}"; }\n`) + plain,
    edit: `installFlags = "X=1";`,
    through: "buildPhase",
  },
  documentation: {
    package: sources("README.md", "Set $(installFlags) or $installFlags.\n") + plain,
    edit: `installFlags = "X=1";`,
    through: "buildPhase",
  },
  "a makefile that sets the variable itself": {
    package: sources("Makefile", `installFlags = none\nall:\n\techo "flags: $(installFlags)" > a\n`) + make,
    edit: `installFlags = "X=1";`,
    through: "buildPhase",
  },
  "a word that is not a variable": {
    package: sources("notes.c", "/* installFlags are for later */\nint installFlags(void);\n") + plain,
    edit: `installFlags = "X=1";`,
    through: "buildPhase",
  },
});

describeCases("special attributes", {
  "an attribute that is no longer passed as a file": {
    package: `passAsFile = [ "blob" ]; blob = "hello"; buildPhase = ''if [ -n "''\${blobPath-}" ]; then cat $blobPath > a; else echo none > a; fi''; installPhase = "mkdir -p $out; cp a $out";`,
    edit: `passAsFile = [ ];`,
    through: null,
  },
  "the list of attributes that are passed as files": {
    package: `passAsFile = [ ]; buildPhase = ''echo "$passAsFile" > a''; installPhase = "mkdir -p $out; cp a $out";`,
    edit: `passAsFile = [ "nothing" ];`,
    through: "configurePhase",
  },
  "SHLVL of the derivation": {
    package: `SHLVL = "3"; buildPhase = "echo $SHLVL > a"; installPhase = "mkdir -p $out; cp a $out";`,
    edit: `SHLVL = "7";`,
    through: null,
  },
  "a number of cores of the derivation": {
    package: `NIX_BUILD_CORES = "3"; buildPhase = "echo $NIX_BUILD_CORES > a"; installPhase = "mkdir -p $out; cp a $out";`,
    edit: `NIX_BUILD_CORES = "5";`,
    through: "configurePhase",
  },
  "a number of cores that is used only for jobs": {
    package: `NIX_BUILD_CORES = "3"; buildPhase = "echo make -j$NIX_BUILD_CORES > /dev/null; echo x > a"; installPhase = "mkdir -p $out; cp a $out";`,
    edit: `NIX_BUILD_CORES = "5";`,
    through: "fixupPhase",
  },
  "TERM of the derivation, with structured attributes": {
    package: `__structuredAttrs = true; TERM = "a"; buildPhase = "grep -o '\\"TERM\\":\\"[a-z]*\\"' .attrs.json > a"; installPhase = "mkdir -p $out; cp a $out";`,
    edit: `TERM = "b";`,
    through: null,
  },
  "a member of env with the name of an attribute": {
    package: `__structuredAttrs = true; "env.FOO" = "1"; env = { FOO = "1"; }; buildPhase = "echo $FOO > a"; installPhase = "mkdir -p $out; cp a $out";`,
    edit: `env = { FOO = "2"; };`,
    through: null,
  },
  "a number in place of a string": {
    package: `__structuredAttrs = true; n = 1234567890123456789; buildPhase = "grep -o '\\"n\\":[^,]*' .attrs.json > a"; installPhase = "mkdir -p $out; cp a $out";`,
    edit: `n = "1234567890123456789";`,
    through: null,
  },
});
