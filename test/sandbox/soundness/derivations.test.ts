// Derivations with unusual outputs, phase lists and working directories.
import { describeCases, type SoundnessCase, sample } from "./check.ts";

const late = `preInstall = "true";`;

const shapes: Record<string, SoundnessCase> = {
  "hard links across directories, one of which is extended later": {
    package: `
      buildPhase = "mkdir a; echo one > a/x; ln a/x a/y; ln a/x z; echo q > q";
      installPhase = "mkdir -p $out; echo two >> z; cp -a a q $out; stat -c %h $out/a/x > $out/n; runHook postInstall";
    `,
    edit: late,
    through: "buildPhase",
  },
  "an output that is a file, created by buildPhase": {
    package: `dontFixup = true; buildPhase = "echo hi > $out"; installPhase = "runHook postInstall";`,
    edit: late,
    through: "buildPhase",
  },
  "an output that is a symlink, created by buildPhase": {
    package: `dontFixup = true; buildPhase = "ln -s /nonexistent/$name $out"; installPhase = "runHook postInstall";`,
    edit: late,
    through: "buildPhase",
  },
  "a source root that setSourceRoot sets": {
    package: `
      dontUnpack = false; src = ${sample("tree")}; setSourceRoot = "sourceRoot=tree/below";
      buildPhase = "pwd > a; ls > b"; installPhase = "mkdir -p $out; cp a b $out; runHook postInstall";
    `,
    edit: late,
    through: "buildPhase",
  },
  "structured attributes with lists, a nested set and two outputs": {
    package: `
      __structuredAttrs = true; outputs = [ "out" "dev" ]; list = [ "a b" "c" ]; nested = { x = 1; };
      buildPhase = ''printf '%s\\n' "''\${list[@]}" > a; echo "$out $dev" >> a; declare -p nested >> a'';
      installPhase = "mkdir -p $out $dev; cp a $dev; touch $out/x; runHook postInstall";
    `,
    edit: late,
    through: "buildPhase",
  },
  "lengths and names of output paths, without their hashes": {
    package: `
      buildPhase = ''echo "''\${#out} $(realpath -m --relative-to=/nix/store/x/y $out | wc -c) $(basename $out | cut -c34-)" > a'';
      installPhase = "mkdir -p $out; cp a $out";
    `,
    edit: `installFlags = "x";`,
    through: "buildPhase",
  },
  "the path across the boundaries of frames": {
    package: `
      program = ''
        import os, random
        r = random.Random(1); o = os.environ["out"].encode(); b = bytearray(b"." * (9 << 20))
        for k in range(1, 72):
            p = k * (1 << 17) - r.randrange(0, 60)
            b[p:p + len(o)] = o
        open("a", "wb").write(b)
      '';
      buildPhase = ''echo "$program" | python3 -''; installPhase = "mkdir -p $out; cp a $out";
    `,
    edit: `installFlags = "x";`,
    through: "buildPhase",
  },
};

const phases: Record<string, SoundnessCase> = {
  "a phase is appended to an explicit list": {
    package: `phases = [ "buildPhase" "installPhase" ]; buildPhase = "echo $out > a"; installPhase = "mkdir -p $out; cp a $out";`,
    edit: `phases = [ "buildPhase" "installPhase" "fixupPhase" ];`,
  },
  "the last phase of an explicit list is edited": {
    package: `
      phases = [ "buildPhase" "installPhase" "extraPhase" ];
      buildPhase = "echo $out > a"; installPhase = "mkdir -p $out; cp a $out"; extraPhase = "echo 1 > $out/extra";
    `,
    edit: `extraPhase = "echo 2 > $out/extra";`,
    through: "installPhase",
  },
  "a phase is added before installPhase": {
    package: `buildPhase = "echo $out > a"; installPhase = "mkdir -p $out; cp -r . $out";`,
    edit: `preInstallPhases = [ "extraPhase" ]; extraPhase = "echo extra > extra";`,
    through: "buildPhase",
  },
  "a phase is added at the end": {
    package: `buildPhase = "echo $out > a"; installPhase = "mkdir -p $out; cp a $out";`,
    edit: `postPhases = [ "extraPhase" ]; extraPhase = "echo extra > $out/extra";`,
    through: "fixupPhase",
  },
  "a phase that an earlier phase appends to the list is edited": {
    package: `
      preBuild = "postPhases+=' lastPhase'"; lastPhase = "echo 1 > $out/l";
      buildPhase = "runHook preBuild; echo $out > a"; installPhase = "mkdir -p $out; cp a $out";
    `,
    edit: `lastPhase = "echo 2 > $out/l";`,
  },
  "an early phase defines the function of a late phase": {
    package: `
      buildPhase = "runHook preBuild; echo $out > a"; installPhase = "mkdir -p $out; cp a $out";
      preBuild = "lastPhase() { echo 1 > $out/l; }"; postPhases = [ "lastPhase" ];
    `,
    edit: `preBuild = "lastPhase() { echo 2 > $out/l; }";`,
    through: "configurePhase",
  },
  "a phase that runs a phase which is in no list": {
    package: `
      buildPhase = "runPhase subPhase; echo $out > a"; subPhase = "echo sub > sub";
      installPhase = "mkdir -p $out; cp a sub $out; runHook postInstall";
    `,
    edit: `postInstall = "cp sub $out/again";`,
  },
  "a function that an early phase defines and installPhase calls": {
    package: `
      buildPhase = "runHook preBuild; echo $out > a"; preBuild = "installAll() { mkdir -p $out; cp a $out; }";
      installPhase = "runHook preInstall; installAll; runHook postInstall";
    `,
    edit: `preInstall = "touch b";`,
    through: "buildPhase",
  },
};

const packages: Record<string, SoundnessCase> = {
  "a custom setup hook that runs in fixupPhase is edited": {
    package: `
      buildPhase = "echo $out > a"; installPhase = "mkdir -p $out; cp a $out";
      nativeBuildInputs = [ (pkgs.makeSetupHook { name = "frob-hook"; } (builtins.toFile "frob.sh" "frobFixup() { echo 1 > $out/frob; }; postFixupHooks+=(frobFixup)")) ];
    `,
    edit: `nativeBuildInputs = [ (pkgs.makeSetupHook { name = "frob-hook"; } (builtins.toFile "frob.sh" "frobFixup() { echo 2 > $out/frob; }; postFixupHooks+=(frobFixup)")) ];`,
  },
  "a tool is added that only installCheckPhase uses": {
    package: `
      buildPhase = "echo $out > a"; installPhase = "mkdir -p $out; cp a $out"; doInstallCheck = true;
      installCheckPhase = "test -e $out/a";
    `,
    edit: `
      nativeBuildInputs = [ (pkgs.runCommand "tool" { } "mkdir -p $out/bin; printf '#!/bin/sh\\necho tool\\n' > $out/bin/tool; chmod +x $out/bin/tool") ];
      installCheckPhase = "tool > $out/tool";
    `,
  },
  "postBuild is edited": {
    package: `
      buildPhase = "runHook preBuild; echo $out > a; runHook postBuild"; preBuild = "echo x > header"; postBuild = "echo 1 > docs";
      installPhase = "mkdir -p $out; cp a header docs $out";
    `,
    edit: `postBuild = "echo 2 > docs";`,
    through: "buildPhase",
  },
  "a preBuild is added": {
    package: `buildPhase = "runHook preBuild; echo $out > a; ls > list"; installPhase = "mkdir -p $out; cp a list $out";`,
    edit: `preBuild = "touch missing.h; export NIX_CFLAGS_COMPILE+=' -I$PWD'";`,
    through: "configurePhase",
  },
};

describeCases("attributes of a derivation", shapes);
describeCases("phases of a derivation", phases);
describeCases("tools and hooks of a derivation", packages);
