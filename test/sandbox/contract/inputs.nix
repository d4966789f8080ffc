# A package with dependencies for several platforms. Its output lists what each of them saw.
{
  stdenv,
  makeSetupHook,
  runCommand,
  strict ? false,
}:

let
  tool = name: runCommand "test-${name}" { } "mkdir -p $out/bin $out/share";
  hook =
    name: propagatedBuildInputs:
    makeSetupHook {
      name = "test-${name}";
      inherit propagatedBuildInputs;
      substitutions.label = name;
    } ./inputs.sh;
in
stdenv.mkDerivation {
  name = "inputs";
  strictDeps = strict;
  phases = [ "installPhase" ];
  depsBuildBuild = [ (hook "buildbuild" [ ]) ];
  nativeBuildInputs = [
    (tool "native")
    (hook "nativehook" [ (tool "below") ])
  ];
  buildInputs = [
    (hook "host" [ (tool "belowhost") ])
    (tool "library")
  ];
  propagatedBuildInputs = [ (tool "propagated") ];
  propagatedNativeBuildInputs = [ (tool "propagatednative") ];
  depsTargetTarget = [ (tool "target") ];
  installPhase = ''
    list() { printf '%s: ' $1; tr ': ' '\n\n' <<< "$2" | sed -n 's,.*/[a-z0-9]*-test-,,p' | tr '\n' ' '; echo; }
    {
      sort < $NIX_BUILD_TOP/record | awk '
        $2 != "sees" { print; next }
        { key = $1 " sees for " $5 " " $6; list[key] = list[key] " " $3 }
        END { for (key in list) print key ":" list[key] }' | sort
      list PATH "$PATH"
      list HOST_PATH "$HOST_PATH"
      list XDG_DATA_DIRS "$XDG_DATA_DIRS"
      for name in BuildBuild BuildHost HostTarget TargetTarget; do
        declare -n packages=pkgs$name
        list $name "''${packages[*]}"
      done
    } > $out
  '';
}
