# A package that relies on the interface of nixpkgs' stdenv. Its $dev/record lists what the stdenv did.
{
  stdenv,
  makeSetupHook,
  makeWrapper,
  installShellFiles,
  structured ? false,
}:

stdenv.mkDerivation (
  finalAttrs:
  {
    pname = "contract";
    version = "1";
    src = ./source;
    patches = [ ./greeting.patch ];
    outputs = [
      "out"
      "dev"
    ];
    nativeBuildInputs = [
      (makeSetupHook { name = "recorder"; } ./recorder.sh)
      makeWrapper
      installShellFiles
      null
    ];

    prePhases = [ "firstPhase" ];
    preBuildPhases = [ "betweenPhase" ];
    postPhases = [ "lastPhase" ];
    firstPhase = ''
      note "firstPhase: curPhase $curPhase, in ''${PWD#$NIX_BUILD_TOP}/"
    '';
    betweenPhase = ''
      note "betweenPhase: in ''${PWD##*-}, SOURCE_DATE_EPOCH $SOURCE_DATE_EPOCH"
      seed=''${out##*/}
      [[ " $NIX_CFLAGS_COMPILE " == *" -frandom-seed=''${seed:0:10} "* ]] && note "  random seed from out"
      grep -q ' curPhase=\| out=' $NIX_BUILD_TOP/env-vars && note "  env-vars names out"
      runHook someHook argument
    '';
    someHook = ''note "  someHook"'';
    preConfigure = ''
      someHooks+=(noteFunction)
      appendToVar configureFlags --appended
      prependToVar configureFlags --prepended
    '';
    configureFlags = [ "--with-flag" ];
    dontAddDisableDepTrack = true;

    prePatch = ''
      note "prePatch attribute"
    '';
    postPatch = ''
      substituteInPlace program.h --replace-fail @greeting@ "good day"
    '';

    doCheck = true;
    doInstallCheck = true;
    buildFlags = [ "CPPFLAGS=-DX=1" ];

    postInstall = ''
      note "postInstall attribute"
      makeWrapper $out/bin/script $out/bin/wrapped --set A "b c" --prefix PATH : /first
      echo "complete -W x program" > program.bash
      installShellCompletion --cmd program --bash program.bash
    '';
    postFixup = ''
      note "outputs $(getAllOutputNames | tr ' ' '\n' | sort | tr '\n' ',')"
    '';
    lastPhase = ''
      note "lastPhase: $($out/bin/wrapped)"
      cp $NIX_BUILD_TOP/record $dev/record
    '';
    passthru.self = finalAttrs.finalPackage;
  }
  // (
    if structured then
      {
        __structuredAttrs = true;
        env.FROM_ENV = "value";
        list = [
          "one two"
          "three"
        ];
        postBuild = ''
          note "  ''${#list[@]} elements, the first is ''${list[0]}; $(printenv FROM_ENV)"
          test -s $NIX_ATTRS_JSON_FILE
        '';
      }
    else
      {
        passAsFile = [ "big" ];
        big = "contents";
        postBuild = ''
          note "  passAsFile: $(cat $bigPath)"
        '';
      }
  )
)
