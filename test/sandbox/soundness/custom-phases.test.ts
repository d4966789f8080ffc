import { describeCases } from "./check.ts";

const plain = `buildPhase = "echo x > a"; installPhase = "mkdir -p $out; cp a $out"; `;
const listed = (...more: string[]) =>
  `phases = [ ${["unpackPhase", "buildPhase", "installPhase", ...more].map((one) => `"${one}"`).join(" ")} ]; `;
const report = `reportPhase = "runHook preReport; echo report >> $out/report"; `;

describeCases("an explicit list of phases", {
  "to which a phase is added": {
    package: plain + listed(),
    edit: report + listed("reportPhase"),
    through: "installPhase",
  },
  "whose last phase is removed": {
    package: plain + report + listed("reportPhase"),
    edit: `${listed()} reportPhase = null;`,
    through: "installPhase",
  },
  "that no longer has a phase whose text is kept": {
    package: plain + report + listed("reportPhase"),
    edit: listed(),
    through: "installPhase",
  },
  "as a text, with an edited phase": {
    package: `${plain + report} phases = "unpackPhase buildPhase installPhase reportPhase";`,
    edit: `reportPhase = "echo edited > $out/report";`,
    through: "installPhase",
  },
  "with a hook before a custom phase": {
    package: plain + report + listed("reportPhase"),
    edit: `preReport = "echo before > $out/before";`,
    through: "installPhase",
  },
  "with a hook of a custom phase that an early phase runs": {
    package: `buildPhase = "runHook preReport; echo x > a"; installPhase = "mkdir -p $out; cp a $out";
      ${report} preReport = "echo one > b"; ${listed("reportPhase")}`,
    edit: `preReport = "echo two > b"; installPhase = "mkdir -p $out; cp a b $out";`,
    through: null,
  },
});

const phases = (name: string) => `${name} = [ "stampPhase" ]; stampPhase = "echo stamp > stamp; cat stamp"; `;

describeCases("a phase in one of stdenv's lists", {
  "is added before installPhase": { package: plain, edit: phases("preInstallPhases"), through: "buildPhase" },
  "is removed before installPhase": {
    package: plain + phases("preInstallPhases"),
    edit: `preInstallPhases = null; stampPhase = null;`,
    through: "buildPhase",
  },
  "is added before fixupPhase": { package: plain, edit: phases("preFixupPhases"), through: "installPhase" },
  "is added before distPhase": {
    package: plain,
    edit: phases("preDistPhases"),
    through: "fixupPhase",
  },
  "is added after all others": {
    package: plain,
    edit: phases("postPhases"),
    through: "fixupPhase",
  },
  "is edited": {
    package: plain + phases("postPhases"),
    edit: `stampPhase = "echo other > $out/stamp";`,
    through: "fixupPhase",
  },
  "is added before all others": { package: plain, edit: phases("prePhases"), through: null },
});

const ownCheck = `ownCheckPhase() {
  runHook preCheck
  echo checked >> $out/checked
}
preDistPhases="''\${preDistPhases-} ownCheckPhase"
`.replaceAll("''$", "$");

describeCases("preCheck", {
  "of a phase that a setup hook adds": {
    package: `${plain} doInstallCheck = true; installCheckPhase = "true"; preCheck = "echo one > $out/check";`,
    hooks: [ownCheck],
    edit: `preCheck = "echo two > $out/check";`,
    through: "installCheckPhase",
  },
  "with a hook that a setup hook adds, in another hook's phase": {
    package: `${plain} doInstallCheck = true; installCheckPhase = "true"; FLAG = "one"; phaseCacheFirstUse = [ "FLAG=ownCheckPhase" ];`,
    hooks: [
      ownCheck,
      `before() { echo "$FLAG" > $out/check; }; if [ "$FLAG" = two ]; then preCheckHooks+=(before); fi`,
    ],
    edit: `FLAG = "two";`,
    through: "installCheckPhase",
  },
  "that nothing runs": {
    package: `${plain} preCheck = "echo one > $out/check";`,
    edit: `preCheck = "echo two > $out/check";`,
    through: "fixupPhase",
  },
  "when a phase sets doCheck": {
    package: `buildPhase = "echo x > a; doCheck=1"; checkPhase = "runHook preCheck"; preCheck = "echo one > a";
      installPhase = "mkdir -p $out; cp a $out";`,
    edit: `preCheck = "echo two > a";`,
    through: "buildPhase",
  },
  "when a file that a phase sources sets doCheck": {
    package: `postPatch = "printf 'do%s=1' Check > set.sh"; buildPhase = "echo x > a; source ./set.sh"; checkPhase = "runHook preCheck";
      preCheck = "echo one > a"; installPhase = "mkdir -p $out; cp a $out";`,
    edit: `preCheck = "echo two > a";`,
    through: "buildPhase",
    says: /checkPhase is not saved: checkPhase ran although doCheck disabled it at first/,
  },
  "when a setup hook sets doCheck": {
    package: `${plain} checkPhase = "runHook preCheck"; preCheck = "echo one > a";`,
    hooks: ["doCheck=1"],
    edit: `preCheck = "echo two > a";`,
    through: "buildPhase",
  },
});
