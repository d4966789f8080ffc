import { describeCases } from "./check.ts";

const plain = `buildPhase = "echo x > a"; installPhase = "mkdir -p $out; cp a $out"; `;

/** A package with files: pairs of path and text. Files in `bin` are programs. */
const packageOf = (name: string, ...files: [path: string, text: string][]) =>
  `(pkgs.runCommand "${name}" { } ''${files
    .map(
      ([path, text]) => `mkdir -p $out/${path.replace(/\/[^/]*$/, "")}; printf '%b' '${text}' > $out/${path}`,
    )
    .join("\n")}
    if [ -d $out/bin ]; then chmod +x $out/bin/*; fi'')`;
const tool = (name: string, word = name) => packageOf(name, [`bin/${name}`, `#!/bin/sh\\necho ${word}\\n`]);
const hook = (name: string, text: string, propagated = "") =>
  `(pkgs.makeSetupHook { name = "${name}"; propagatedBuildInputs = [ ${propagated} ]; } (builtins.toFile "hook.sh" ''${text}''))`;
const native = (...inputs: string[]) => `nativeBuildInputs = [ ${inputs.join(" ")} ]; `;
const late = (name: string, phase = "checkPhase", list = "nativeBuildInputs") =>
  `phaseCacheFirstUse = [ "${list}/${name}=${phase}" ]; `;
const check = `doCheck = true; checkPhase = "frob > b; cat b"; `;
const tested = `phaseCacheCheckInputs = [ "frob" ]; ${check}`;

/** A setup hook that adds a folder of every input to a search path, as those of languages and pkg-config do. */
const searching = (variable: string, folder: string, before = "") =>
  `for input in "\${_inputs[@]-}" "\${pkgsBuildHost[@]-}" "\${pkgsHostTarget[@]-}"; do
  if [ -d "$input/${folder}" ]; then export ${variable}="\${${variable}-}\${${variable}:+:}${before}$input/${folder}"; fi
done
unset input
`;
const sitePackages = "lib/python3.13/site-packages";
const python = searching("PYTHONPATH", sitePackages);
const pkgConfig = searching("PKG_CONFIG_PATH", "lib/pkgconfig");

describeCases("a package that phaseCacheFirstUse assigns to checkPhase", {
  "is added": { package: plain, edit: native(tool("frob")) + late("frob") + check, through: "buildPhase" },
  "is removed": {
    package: plain + native(tool("frob")) + late("frob") + check,
    edit: `${native()} phaseCacheFirstUse = [ ]; doCheck = false;`,
    through: "buildPhase",
  },
  "is replaced": {
    package: plain + native(tool("frob")) + late("frob") + check,
    edit: native(tool("frob", "other")),
    through: "buildPhase",
  },
  "has the name of a language in front": {
    package: plain,
    edit: native(packageOf("python3.13-frob-1.2", ["bin/frob", "#!/bin/sh\\n"])) + late("frob") + check,
    through: "buildPhase",
  },
  "propagates another, which Python finds": {
    package: plain,
    hooks: [python],
    edit:
      native(
        hook("frob", "frob() { nested; }", tool("nested")),
        packageOf("more", [`${sitePackages}/more.py`, "x=1"]),
      ) +
      `phaseCacheFirstUse = [ "nativeBuildInputs/frob=checkPhase" "nativeBuildInputs/more=checkPhase" ]; ${check}`,
    through: "buildPhase",
  },
  "is named by an early phase": {
    package: `buildPhase = "frob > a || echo none > a"; installPhase = "mkdir -p $out; cp a $out"; `,
    edit: native(tool("frob")) + late("frob") + check,
    through: null,
    says: /nativeBuildInputs\/frob is used before checkPhase, because buildPhase names it/,
  },
  "propagates a program that an early phase names": {
    package: `buildPhase = "nested > a || echo none > a"; installPhase = "mkdir -p $out; cp a $out"; `,
    edit: native(hook("frob", "frob() { :; }", tool("nested"))) + late("frob") + check,
    through: null,
    says: /nativeBuildInputs\/frob is used before checkPhase, because buildPhase names it/,
  },
  "hides a program of an early phase": {
    package: `buildPhase = "echo x | sed s/x/y/ > a"; installPhase = "mkdir -p $out; cp a $out"; `,
    edit: native(tool("sed")) + late("sed") + check.replaceAll("frob", "true"),
    through: null,
    says: /initial value of PATH changed: it now leads to another sed/,
  },
  "no longer hides a program": {
    package: `buildPhase = "echo x | sed s/x/y/ > a"; installPhase = "mkdir -p $out; cp a $out"; ${native(tool("sed"))}${late("sed")}`,
    edit: `${native()} phaseCacheFirstUse = [ ];`,
    through: null,
    says: /initial value of PATH changed: it now leads to another sed/,
  },
  "hides a Python module": {
    package: `${plain}${native(packageOf("one", [`${sitePackages}/both.py`, "x=1"]))}`,
    hooks: [python],
    edit:
      native(
        packageOf("frob", [`${sitePackages}/both.py`, "x=2"]),
        packageOf("one", [`${sitePackages}/both.py`, "x=1"]),
      ) + late("frob"),
    through: null,
    says: /initial value of PYTHONPATH changed: it now leads to another both/,
  },
  "has a setup hook that sets a variable for all programs": {
    package: `buildPhase = "sh -c 'echo $'CI > a"; installPhase = "mkdir -p $out; cp a $out"; `,
    edit: native(hook("frob", "setCI() {\n  export CI=1\n}\npostHooks+=(setCI)\n")) + late("frob"),
    through: null,
    says: /initial value of CI changed: nothing → -x 1/,
  },
  "has a setup hook that sets a variable itself": {
    package: plain,
    edit: native(hook("frob", "export FROB_MODE=1\n")) + late("frob"),
    through: "buildPhase",
    says: /frob counts as late, but phases through buildPhase may have used FROB_MODE, in which it changes/,
  },
  "does not exist": {
    package: plain,
    edit: native(tool("other")) + late("frob"),
    says: /phaseCacheFirstUse: nativeBuildInputs has no package frob \(it has .*other.*\)/,
  },
  "is in no dependency list": {
    package: plain,
    edit: late("frob", "checkPhase", "buildInput"),
    says: /phaseCacheFirstUse: buildInput in buildInput\/frob is not one of the dependency lists \(.*nativeBuildInputs/,
  },
});

const library = packageOf(
  "frob",
  ["include/frob.h", "#define X 1\\n"],
  ["lib/pkgconfig/frob.pc", "Name: frob\\n"],
);
const plugin = packageOf("frob", [
  `${sitePackages}/frob-1.dist-info/entry_points.txt`,
  "[console_scripts]\\nfrob = x\\n\\n[distutils.commands]\\nx = y\\n",
]);
const backend = `buildPhase = "echo \\\${PYTHONPATH:+set} > b; echo x > a"; installPhase = "mkdir -p $out; cp a $out"; `;

describeCases("what a build system finds by itself", {
  "in a library that was declared late": {
    package: plain,
    hooks: [pkgConfig],
    edit: native(library) + late("frob", "fixupPhase"),
    through: "installPhase",
    says: /frob counts as late, but phases through installPhase may have used (?:NIX_CFLAGS_COMPILE and )?PKG_CONFIG_PATH/,
  },
  "in a library that was declared late and is removed": {
    package: plain + native(library) + late("frob", "fixupPhase"),
    hooks: [pkgConfig],
    edit: `${native()} phaseCacheFirstUse = [ ];`,
    through: "installPhase",
    says: /frob counts as late, but phases through installPhase may have used (?:NIX_CFLAGS_COMPILE and )?PKG_CONFIG_PATH/,
  },
  "in a library that only tests use": {
    package: plain,
    hooks: [pkgConfig],
    edit: native(library) + tested.replaceAll("frob >", "true >"),
    through: null,
    says: /early phases may use the headers of frob/,
  },
  "in a plug-in of a Python build backend that was declared late": {
    package: plain,
    hooks: [python],
    edit: native(plugin) + late("frob"),
    through: "buildPhase",
    says: /frob counts as late, but phases through buildPhase may have used PYTHONPATH/,
  },
  "in a plug-in of a Python build backend that only tests use": {
    package: backend,
    hooks: [python],
    edit: native(plugin) + tested.replaceAll("frob >", "true >"),
    through: null,
    says: /early phases may use the plug-ins of Python's build backends of frob/,
  },
  "in a variable that nobody knows": {
    package: plain,
    hooks: [searching("ODD_LIST", "odd")],
    edit: native(packageOf("frob", ["odd/x", "x"])) + tested.replaceAll("frob >", "true >"),
    through: null,
    says: /initial value of ODD_LIST changed/,
  },
});

describeCases("an input that only tests use", {
  "is added": { package: plain, edit: native(tool("frob")) + tested, through: "buildPhase" },
  "is removed": {
    package: plain + native(tool("frob")) + tested,
    edit: `${native()} doCheck = false; phaseCacheCheckInputs = [ ];`,
    through: "buildPhase",
  },
  "is a hook with a phase of its own": {
    package: `${plain} preCheck = "echo one > $out/check";`,
    edit: `${native(
      hook(
        "frob-check-hook",
        `frobCheckPhase() {\n  runHook preCheck\n  frob > $out/frob\n}\npreDistPhases="''\${preDistPhases-} frobCheckPhase"\n`,
        tool("frob"),
      ),
    )} phaseCacheCheckInputs = [ "frob-check-hook" ]; doInstallCheck = true; installCheckPhase = "true";`,
    through: "fixupPhase",
  },
  "is named by an early phase": {
    package: `buildPhase = "frob > a || echo none > a"; installPhase = "mkdir -p $out; cp a $out"; `,
    edit: native(tool("frob")) + tested,
    through: "configurePhase",
    says: /miss at buildPhase: nativeBuildInputs: \+frob \(buildPhase names it\)/,
  },
  "is also an input of the build": {
    package: plain,
    edit: `nativeBuildInputs = let frob = ${tool("frob")}; in [ frob frob ]; ${tested}`,
    through: null,
  },
});

const one = packageOf("one", ["bin/one", "#!/bin/sh\\necho one\\n"], ["bin/both", "#!/bin/sh\\necho one\\n"]);
const two = (own: string) => packageOf("two", [`bin/${own}`, "#!/bin/sh\\necho two\\n"]);
const again = (own: string) => hook("frob", "frob() { :; }", two(own));

describeCases("a late package that propagates an early one", {
  "whose programs are found all the same": {
    package: `buildPhase = "one > a"; installPhase = "mkdir -p $out; cp a $out"; ${native(one, two("two"))}`,
    edit: native(again("two"), one, two("two")) + late("frob", "fixupPhase"),
    through: "installPhase",
  },
  "whose program is now found first": {
    package: `buildPhase = "both > a"; installPhase = "mkdir -p $out; cp a $out"; ${native(one, two("both"))}`,
    edit: native(again("both"), one, two("both")) + late("frob", "fixupPhase"),
    through: null,
    says: /initial value of PATH changed: it now leads to another both/,
  },
  "which is the linker that the compiler propagates": {
    package: `buildPhase = "echo 'int main(void) { return 0; }' > a.c; cc -o a a.c; ar --version > /dev/null"; installPhase = "mkdir -p $out; cp a $out";`,
    edit: `nativeBuildInputs = [ (pkgs.makeSetupHook {
        name = "auto-patchelf-hook"; propagatedBuildInputs = [ ${tool("auto-patchelf")} (pkgs.stdenv.cc.bintools or ${tool("other")}) ];
      } (builtins.toFile "hook.sh" "autoPatchelfPostFixup() {\n  auto-patchelf > $out/b\n}\npostFixupHooks+=(autoPatchelfPostFixup)\n")) ];`,
    through: "installPhase",
  },
});
