import { describeCases, sample } from "./check.ts";

/** Phases that note in the output how often they ran, so that a phase that runs twice shows. */
const noted = (phase: string, hook: string) =>
  `"runHook pre${hook}; echo ${phase} >> $NIX_BUILD_TOP/ran\\nrunHook post${hook}\\n"`;
const install = `installPhase = "runHook preInstall; mkdir -p $out; cp $NIX_BUILD_TOP/ran $out\\nrunHook postInstall\\n";`;
const plain = `
  buildPhase = ${noted("build", "Build")};
  ${install}
`;

describeCases("a post hook is edited alone", {
  "postBuild is added": {
    package: plain,
    edit: `postBuild = "echo post >> $NIX_BUILD_TOP/ran";`,
    through: "buildPhase",
  },
  "postBuild is changed": {
    package: `${plain} postBuild = "echo one >> $NIX_BUILD_TOP/ran";`,
    edit: `postBuild = "echo two >> $NIX_BUILD_TOP/ran";`,
    through: "buildPhase",
  },
  "postBuild is removed": {
    package: `${plain} postBuild = "echo one >> $NIX_BUILD_TOP/ran; export LATER=1";`,
    edit: `postBuild = "";`,
    through: "buildPhase",
  },
  "postBuild is not changed, and a later phase is": {
    package: `${plain} postBuild = "echo one >> $NIX_BUILD_TOP/ran";`,
    edit: `preInstall = "echo install >> $NIX_BUILD_TOP/ran";`,
    through: "buildPhase+postBuild",
  },
  "postInstall is added": {
    package: plain,
    edit: `postInstall = "echo post >> $out/ran";`,
    through: "installPhase",
  },
  "postFixup of stdenv's own phase is added": {
    package: plain,
    edit: `postFixup = "echo post >> $out/ran; for output in $outputs; do echo $output >> $out/ran; done";`,
    through: "fixupPhase",
  },
  "postUnpack is changed, which runs before stdenv enters the sources": {
    package: `dontUnpack = false; src = ${sample("tree")}; postUnpack = "pwd > where"; installPhase = "mkdir $out; cp -r . ../where $out";`,
    edit: `postUnpack = "pwd > where; echo 1 >> where; mkdir other; sourceRoot=other";`,
    through: "unpackPhase",
  },
  "postPatch and postConfigure are added": {
    package: `dontUnpack = false; src = ${sample("tree")}; installPhase = "mkdir $out; cp -r . $out; echo $PATCHED >> $out/env";`,
    edit: `postPatch = "PATCHED=1; pwd > patched";`,
    through: "patchPhase",
  },
  "the hook is a function in an array": {
    package: plain,
    hooks: ["addedHook() { echo added >> $NIX_BUILD_TOP/ran; }\npostBuildHooks+=(addedHook)\n"],
    edit: `postBuild = "echo own >> $NIX_BUILD_TOP/ran";`,
    through: "buildPhase",
  },
  "the phase is a function of a setup hook, which prints a line at its end": {
    package: `installPhase = "mkdir -p $out; cp $NIX_BUILD_TOP/ran $out";`,
    hooks: [
      `ourBuildPhase() {
  local -a flagsArray=(a b)
  runHook preBuild
  echo "\${flagsArray[@]}" >> $NIX_BUILD_TOP/ran
  runHook postBuild

  echo "Finished ourBuildPhase"
}
buildPhase=ourBuildPhase
`,
    ],
    edit: `postBuild = "echo post >> $NIX_BUILD_TOP/ran";`,
    through: "buildPhase",
  },
  "with structuredAttrs": {
    package: `__structuredAttrs = true; ${plain} postBuild = "echo one >> $NIX_BUILD_TOP/ran";`,
    edit: `postBuild = "echo two >> $NIX_BUILD_TOP/ran";`,
    through: "buildPhase",
  },
});

const local = (text: string) => [
  `ourBuildPhase() {\n  local secret=1\n  runHook preBuild\n  secret=2\n  echo body >> $NIX_BUILD_TOP/ran\n${text}\n}\nbuildPhase=ourBuildPhase\n`,
];
const copied = `installPhase = "mkdir -p $out; cp $NIX_BUILD_TOP/ran $out; echo \\\${secret-none} >> $out/ran";`;

describeCases("a post hook is not separate from its phase", {
  "it reads a local variable": {
    package: copied,
    hooks: local("  runHook postBuild"),
    edit: `postBuild = "echo $secret >> $NIX_BUILD_TOP/ran";`,
    through: "configurePhase",
  },
  "a function that it calls reads a local variable": {
    package: copied,
    hooks: [...local("  runHook postBuild"), "helper() { echo $secret >> $NIX_BUILD_TOP/ran; }\n"],
    edit: `postBuild = "helper";`,
    through: "configurePhase",
  },
  "it prints all variables": {
    package: copied,
    hooks: local("  runHook postBuild"),
    edit: `postBuild = "declare -p | grep -c secret= >> $NIX_BUILD_TOP/ran";`,
    through: "configurePhase",
  },
  "commands follow it": {
    package: copied,
    hooks: local("  runHook postBuild\n  echo after >> $NIX_BUILD_TOP/ran"),
    edit: `postBuild = "echo post >> $NIX_BUILD_TOP/ran";`,
    through: "configurePhase",
  },
  "the phase may return before it calls the hook": {
    package: copied,
    hooks: local("  if [[ -e /build ]]; then return; fi\n  runHook postBuild"),
    edit: `postBuild = "echo post >> $NIX_BUILD_TOP/ran";`,
    through: "configurePhase",
    says: /it may not have called postBuild, which is set now/,
  },
  "the phase calls it in a subshell": {
    package: copied,
    hooks: local("  (\n  runHook postBuild\n  )"),
    edit: `postBuild = "echo post >> $NIX_BUILD_TOP/ran; secret=7";`,
    through: "configurePhase",
  },
  "the phase calls it in a condition": {
    package: copied,
    hooks: local("  true &&\n  runHook postBuild"),
    edit: `postBuild = "echo post >> $NIX_BUILD_TOP/ran";`,
    through: "configurePhase",
  },
});

describeCases("a phase that is saved before its post hook", {
  "has local variables, of which one hides a global": {
    package: `${copied} preConfigure = "secret=global"; postBuild = "echo one >> $NIX_BUILD_TOP/ran";`,
    hooks: local("  runHook postBuild"),
    edit: `postBuild = "echo two >> $NIX_BUILD_TOP/ran";`,
    through: "buildPhase",
  },
  "leaves its own variables and directory to the hook": {
    package: `
      buildPhase = "mkdir -p sub; cd sub; SEEN=yes\\nrunHook postBuild\\n";
      postBuild = "pwd > ../ran; echo $SEEN >> ../ran";
      installPhase = "mkdir -p $out; pwd > $out/where; cp ../ran $out";
    `,
    edit: `postBuild = "echo two > ../ran; pwd >> ../ran; echo $SEEN >> ../ran; cd ..; mkdir -p new; cd new";`,
    through: "buildPhase",
  },
  "has a hook that fails at first": {
    package: `${plain} postBuild = "touch made; test -z \\"\\\${FAILS-}\\"";`,
    edit: `postBuild = "touch made; true";`,
    through: "buildPhase",
  },
});

const slow = `preBuild = "sleep 6; echo pre >> $NIX_BUILD_TOP/ran; SLOW=yes";`;
const building = (word: string) =>
  `buildPhase = "runHook preBuild\\necho ${word} $SLOW >> $NIX_BUILD_TOP/ran\\nrunHook postBuild";`;

describeCases("a hook before a phase", {
  "takes long, and the phase is edited": {
    package: `${install} ${slow} ${building("one")}`,
    edit: building("two"),
    through: "buildPhase+preBuild",
  },
  "takes long, and the function of the phase reads another flag": {
    package: `
      ${slow} installPhase = "mkdir -p $out; cp $NIX_BUILD_TOP/ran $out; echo \\\${secret-none} >> $out/ran";
    `,
    hooks: [
      `ourBuildPhase() {
  echo "Executing ourBuildPhase"
  runHook preBuild
  local secret=1
  echo $buildFlags $SLOW >> $NIX_BUILD_TOP/ran
  runHook postBuild
}
buildPhase=ourBuildPhase
`,
    ],
    edit: `buildFlags = [ "-v" ]; postBuild = "echo post >> $NIX_BUILD_TOP/ran";`,
    through: "buildPhase+preBuild",
  },
  "takes long and is edited": {
    package: `${plain} ${slow}`,
    edit: `preBuild = "echo two >> $NIX_BUILD_TOP/ran";`,
    through: "configurePhase",
  },
  "takes no time": {
    package: `${install} preBuild = "echo pre >> $NIX_BUILD_TOP/ran"; ${building("one")}`,
    edit: building("two"),
    through: "configurePhase",
  },
});

describeCases("a phase whose code an earlier phase changes", {
  "calls its hook before its end": {
    package: `${install} buildPhase = "echo one >> $NIX_BUILD_TOP/ran\\nrunHook postBuild"; postBuild = "echo post >> $NIX_BUILD_TOP/ran";
      preConfigure = ''buildPhase+=$'\\necho after >> $NIX_BUILD_TOP/ran' '';`,
    edit: `postBuild = "echo changed >> $NIX_BUILD_TOP/ran";`,
    through: "configurePhase",
  },
  "has another hook": {
    package: `${copied} postBuild = "echo post >> $NIX_BUILD_TOP/ran"; preConfigure = ''postBuild+='; echo $secret >> $NIX_BUILD_TOP/ran' '';`,
    hooks: local("  runHook postBuild"),
    edit: `postBuild = "echo changed >> $NIX_BUILD_TOP/ran";`,
    through: "patchPhase",
  },
  "has a hook that is set only then": {
    package: `${plain} preConfigure = "postBuildHooks+=('echo added >> $NIX_BUILD_TOP/ran')";`,
    edit: `preInstall = "echo install >> $NIX_BUILD_TOP/ran";`,
    through: "buildPhase",
  },
  "has a hook that is set only then, and another one is added": {
    package: `${plain} preConfigure = "postBuildHooks+=('echo added >> $NIX_BUILD_TOP/ran')";`,
    edit: `postBuild = "echo own >> $NIX_BUILD_TOP/ran";`,
    through: "configurePhase",
  },
});
