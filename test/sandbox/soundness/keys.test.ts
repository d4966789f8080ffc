import { describeCases, type SoundnessCase } from "./check.ts";

/** An installPhase that installs `a`, which buildPhase writes. */
const plain = `installPhase = "mkdir -p $out; cp a $out"; `;

/** A buildPhase that reads a late attribute without its name in the text. */
function reading(buildPhase: string, edit = `postFixup = "true # edited";`, more = ""): SoundnessCase {
  return { package: `buildPhase = ''${buildPhase}''; ${plain}${more}`, edit, through: "configurePhase" };
}

describeCases("an early phase that reads late attributes", {
  "env in braces": reading("{ env; } | grep ^post > a || true"),
  "env after an assignment": reading("LC_ALL=C env | grep ^post > a || true"),
  "printenv after an assignment": reading("LC_ALL=C printenv | grep ^post > a || true"),
  "env with NUL separators": reading(`env -0 | tr '\\0' '\\n' | grep ^post > a || true`),
  "env by its path": reading("/usr/bin/env | grep ^post > a || true"),
  "env with an additional variable": reading("env X=1 | grep ^post > a || true"),
  "declare with two options": reading("declare -x -p | grep post > a || true"),
  "declare in another bash": reading("bash -c 'declare -x' | grep post > a || true"),
  "export in another shell": reading(`sh -c "export -p" | grep post > a || true`),
  "xargs that runs env": reading("echo | xargs env | grep ^post > a || true"),
  "indirect expansion": reading(`for p in install fixup; do n=post''\${p^}; echo "''\${!n-}"; done > a`),
  "a variable name composed in eval": reading(
    `for p in Fixup; do x=post$p; eval "echo \\"\\$$x\\""; done > a`,
  ),
  "a nameref": reading(`p=Fixup; x=post$p; declare -n ref=$x; echo "$ref" > a`),
  "python's os.environ": reading(
    `python3 -c 'import os; print(sorted((k, v) for k, v in os.environ.items() if k[:4] == "post"))' > a`,
  ),
  "perl's %ENV": reading(`perl -e 'print map { "$_ $ENV{$_}\\n" } grep { /^post/ } sort keys %ENV' > a`),
  "awk's ENVIRON": reading(`awk 'BEGIN { for (k in ENVIRON) if (k ~ /^postF/) print k, ENVIRON[k] }' > a`),
  procfs: reading(`tr '\\0' '\\n' < /proc/self/environ | grep ^post > a || true`),
});

describeCases("text that does not read the environment", {
  "a comment that names a later phase": {
    package: `buildPhase = "# the files that installPhase copies\\necho x > a"; ${plain}`,
    edit: `installPhase = "mkdir -p $out; cp a $out/b";`,
    through: "buildPhase",
  },
  "a file called environ.c": {
    package: `postPatch = "mkdir src; touch src/environ.c; sed -i s/a/b/ src/environ.c"; buildPhase = "echo x > a"; ${plain}`,
    edit: `preFixup = "true";`,
    through: "installPhase",
  },
});
