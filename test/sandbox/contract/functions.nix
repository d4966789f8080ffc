# A package that calls the functions of a recent stdenv. $out/record lists what they did, and $out/phases has the text of each
# phase function.
{
  stdenv,
  cmake,
  meson,
  ninja,
  structured ? false,
}:

stdenv.mkDerivation {
  name = "functions";
  __structuredAttrs = structured;
  nativeBuildInputs = [
    cmake
    meson
    ninja
  ];
  phases = [
    "listsPhase"
    "phasesPhase"
  ];
  preHook = ''
    note() { printf '%s\n' "$*" >> $NIX_BUILD_TOP/record; }
    postHooks+=('note "postHooks: $(declare -F definePhases printPhases | tr "\n" " ")"')
  '';
  listsPhase = ''
    appendToVar unset x "y z"
    note "$(declare -p unset)"
    text="1 2"
    prependToVar text 0
    appendToVar text 3
    note "$(declare -p text)"
    array=(1 "2 3")
    prependToVar array 0
    appendToVar array "4 5"
    note "$(declare -p array)"
    declare -A table=([key]=value)
    for function in appendToVar prependToVar "concatTo list" "concatStringsSep ,"; do
      if $function table x 2> /dev/null; then note "$function accepts a table"; fi
    done

    declare -a list=(first)
    empty=
    pattern="a /* b"
    concatTo list pattern array empty=default missing=other missing array=ignored
    note "$(declare -p list)"

    spaced="a  b"
    note "joined: $(concatStringsSep ", " spaced) | $(concatStringsSep " and " array) | $(concatStringsSep , missing)"
    note "lines: $(printLines a "b c" | wc -l) $(printLines | wc -l), words: $(printWords a b)"
    note "printPhases: $(printPhases | tr '\n' ' ')"
    note "outputs: $(getAllOutputNames)"
  '';
  phasesPhase = ''
    mkdir -p $out/phases
    for phase in {unpack,patch,configure,build,check,install,fixup,installCheck,dist,cmakeConfigure,ninjaBuild,ninjaCheck,ninjaInstall,mesonConfigure,mesonCheck,mesonInstall}Phase; do
      declare -f $phase > $out/phases/$phase
    done
    cp $NIX_BUILD_TOP/record $out
  '';
}
