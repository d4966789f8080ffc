import { describeCases } from "./check.ts";

const plain = `buildPhase = ''echo "flags ''\${MYFLAGS-}" > a''; installPhase = "mkdir -p $out; cp a $out"; `;
const flags = `if [ -z "\${dontStrip-}" ]; then export MYFLAGS=-O2; else export MYFLAGS="-O0 -g"; fi`;

describeCases("the initial state of the shell", {
  "a variable that a setup hook derives from a late attribute": {
    package: plain,
    hooks: [flags],
    edit: `dontStrip = true;`,
    through: null,
    says: /the initial value of MYFLAGS changed: -x -O2 → -x -O0 -g/,
  },
  "a function that a setup hook defines differently": {
    package: `buildPhase = "helper > a"; installPhase = "mkdir -p $out; cp a $out";`,
    hooks: [`if [ -z "\${dontStrip-}" ]; then helper() { echo one; }; else helper() { echo two; }; fi`],
    edit: `dontStrip = true;`,
    through: null,
    says: /the initial definition of function helper changed/,
  },
  "an option that a setup hook sets": {
    package: `buildPhase = "shopt dotglob > a || true"; installPhase = "mkdir -p $out; cp a $out";`,
    hooks: [`if [ -n "\${dontStrip-}" ]; then shopt -s dotglob; fi`],
    edit: `dontStrip = true;`,
    through: null,
    says: /now starts with shopt dotglob on/,
  },
  "a umask that a setup hook sets": {
    package: `buildPhase = "umask > a"; installPhase = "mkdir -p $out; cp a $out";`,
    hooks: [`if [ -n "\${dontStrip-}" ]; then umask 027; fi`],
    edit: `dontStrip = true;`,
    through: null,
    says: /the initial umask changed/,
  },
  NIX_CFLAGS_COMPILE: {
    package: `buildPhase = "echo \\\${NIX_CFLAGS_COMPILE%% -frandom*} > a"; installPhase = "mkdir -p $out; cp a $out";`,
    hooks: [`if [ -n "\${dontStrip-}" ]; then NIX_CFLAGS_COMPILE="-g \${NIX_CFLAGS_COMPILE-}"; fi`],
    edit: `dontStrip = true;`,
    through: null,
  },
  "an early attribute that a setup hook extends": {
    package: `makeFlags = "A=1"; buildPhase = "echo $makeFlags > a"; installPhase = "mkdir -p $out; cp a $out";`,
    hooks: [`if [ -n "\${dontStrip-}" ]; then makeFlags+=" STRIP=0"; fi`],
    edit: `dontStrip = true;`,
    through: "configurePhase",
  },
  "a directory that a setup hook creates and nothing uses": {
    package: plain,
    hooks: [`export SCRATCH=$(mktemp -d)`],
    edit: `postFixup = "touch $out/b";`,
    through: "fixupPhase",
  },
  "a directory that a setup hook creates and a phase stores in a variable": {
    package: `buildPhase = "KEPT=$SCRATCH/sub; echo x > a"; installPhase = "mkdir -p $out; cp a $out; mkdir -p $KEPT; test -d $SCRATCH/sub";`,
    hooks: [`export SCRATCH=$(mktemp -d)`],
    edit: `installPhase = "mkdir -p $out; cp a $out; mkdir -p $KEPT; test -d $SCRATCH/sub; touch $out/b";`,
    through: "buildPhase",
  },
  "a directory that a setup hook creates and a phase writes to": {
    package: `buildPhase = "echo x > $SCRATCH/x"; installPhase = "mkdir -p $out; cp $SCRATCH/x $out";`,
    hooks: [`export SCRATCH=$(mktemp -d)`],
    edit: `installPhase = "mkdir -p $out; cp $SCRATCH/x $out/y";`,
    through: "configurePhase",
    says: /depends on a temporary path of a setup hook/,
  },
  "a directory that a setup hook creates and a file refers to": {
    package: `buildPhase = "echo $SCRATCH > where"; installPhase = "mkdir -p $out; touch $(cat where)/x; cp $SCRATCH/x $out";`,
    hooks: [`export SCRATCH=$(mktemp -d)`],
    edit: `installPhase = "mkdir -p $out; touch $(cat where)/x; cp $SCRATCH/x $out/y";`,
    through: "configurePhase",
  },
  "the setup hook of a late package": {
    package: plain,
    edit: `nativeBuildInputs = [ pkgs.makeWrapper ]; postFixup = "install -m 755 $out/a $out/b; wrapProgram $out/b";`,
    through: "buildPhase",
  },
  "a hook that phaseCacheFirstUse assigns to fixupPhase": {
    package: `buildInputs = [ (pkgs.makeSetupHook { name = "frob-hook"; } (builtins.toFile "h.sh" "frob() { echo one > $prefix/frob; }; fixupOutputHooks+=(frob)")) ];
      phaseCacheFirstUse = [ "buildInputs=fixupPhase" ]; ${plain}`,
    edit: `buildInputs = [ (pkgs.makeSetupHook { name = "frob-hook"; } (builtins.toFile "h.sh" "frob() { echo two > $prefix/frob; }; fixupOutputHooks+=(frob)")) ];`,
    through: "installPhase",
  },
  "installFlags added to a package with several outputs": {
    package: `outputs = [ "out" "dev" ]; configurePhase = "runHook preConfigure"; buildPhase = "echo x > a";
      installPhase = "mkdir -p $out $dev; cp a $out; echo $installFlags > $dev/flags";`,
    edit: `installFlags = [ "X=1" ];`,
    through: "buildPhase",
  },
  "installFlags removed from a package with several outputs": {
    package: `outputs = [ "out" "dev" ]; installFlags = [ "X=1" ]; configurePhase = "runHook preConfigure"; buildPhase = "echo x > a";
      installPhase = "mkdir -p $out $dev; cp a $out; printf '%s\\n' $installFlags > $dev/flags";`,
    edit: `installFlags = null;`,
    through: "buildPhase",
  },
});
