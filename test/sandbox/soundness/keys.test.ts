import { describeCases, type SoundnessCase } from "./check.ts";

/** Phases that copy what the build phase wrote into `a`. */
const plain = `installPhase = "mkdir -p $out; cp a $out"; `;

/** A build phase that looks at a late attribute by a way that its words don't show. */
function looking(buildPhase: string, edit = `postFixup = "true # edited";`, more = ""): SoundnessCase {
  return { package: `buildPhase = ''${buildPhase}''; ${plain}${more}`, edit, through: "configurePhase" };
}

describeCases("an early phase that looks at late attributes", {
  "env in braces": looking("{ env; } | grep ^post > a || true"),
  "env after a variable of its own": looking("LC_ALL=C env | grep ^post > a || true"),
  "printenv after a variable of its own": looking("LC_ALL=C printenv | grep ^post > a || true"),
  "env ended by NUL": looking(`env -0 | tr '\\0' '\\n' | grep ^post > a || true`),
  "env by its path": looking("/usr/bin/env | grep ^post > a || true"),
  "env with one variable more": looking("env X=1 | grep ^post > a || true"),
  "declare with two options": looking("declare -x -p | grep post > a || true"),
  "declare in another bash": looking("bash -c 'declare -x' | grep post > a || true"),
  "export in another shell": looking(`sh -c "export -p" | grep post > a || true`),
  "xargs that runs env": looking("echo | xargs env | grep ^post > a || true"),
  "a variable named by another": looking(
    `for p in install fixup; do n=post''\${p^}; echo "''\${!n-}"; done > a`,
  ),
  "a variable named in eval": looking(`for p in Fixup; do x=post$p; eval "echo \\"\\$$x\\""; done > a`),
  "a nameref": looking(`p=Fixup; x=post$p; declare -n ref=$x; echo "$ref" > a`),
  "python's os.environ": looking(
    `python3 -c 'import os; print(sorted((k, v) for k, v in os.environ.items() if k[:4] == "post"))' > a`,
  ),
  "perl's %ENV": looking(`perl -e 'print map { "$_ $ENV{$_}\\n" } grep { /^post/ } sort keys %ENV' > a`),
  "awk's ENVIRON": looking(`awk 'BEGIN { for (k in ENVIRON) if (k ~ /^postF/) print k, ENVIRON[k] }' > a`),
  procfs: looking(`tr '\\0' '\\n' < /proc/self/environ | grep ^post > a || true`),
});

describeCases("what is not the environment as a whole", {
  "a comment that names a later phase": {
    package: `buildPhase = "# the files that installPhase copies\\necho x > a"; ${plain}`,
    edit: `installPhase = "mkdir -p $out; cp a $out/b";`,
    through: "buildPhase",
  },
  "a file called environ.c": {
    package: `postPatch = "mkdir src; touch src/environ.c; sed -i s/a/b/ src/environ.c"; buildPhase = "echo x > a"; ${plain}`,
    edit: `postFixup = "true";`,
    through: "installPhase",
  },
});
