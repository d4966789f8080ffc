# What `phasecache build` applies to a value that it is told to build: each derivation in it, with the hook added from
# outside. Gives a list of `{ drvPath, name, package, outputs, obstacle, directory, strict, overrides }`, or of
# `{ error, name }` for what can't be. An obstacle is why the hook can do nothing in a build: "no-phases",
# "nested-inputs", or null; `directory` is phaseCacheDir; overrides are the attributes by which the user decides what
# a snapshot stands for.
{
  # The hook's text (hooks/phase-cache-hook.sh), and what stands for its placeholders.
  text,
  node,
  runtime,
  # nix/with-phase-cache.nix, and whether builds must ask for the store.
  withPhaseCache,
  restrictToOptIn,
  # What functions are called with, as far as they take it (`--arg`, `--argstr`).
  arguments,
}:

let
  # A path in the Nix store as a string that brings it along; any other as it is.
  withContext =
    path:
    let
      found = builtins.match "(${builtins.storeDir}/[^/]+)(/.*)?" path;
    in
    if found == null then path else builtins.appendContext path { ${builtins.head found}.path = true; };

  # No build makes it, so it needs no stdenv, and the sandbox gets what it refers to.
  hook = builtins.toFile "phase-cache-hook" (
    builtins.replaceStrings
      [
        "@node@"
        "@runtime@"
        "@out@"
      ]
      [
        (withContext node)
        (withContext runtime)
        # bash knows where it read a function; the path of a file can't stand in the file.
        "\${BASH_SOURCE[0]}"
      ]
      text
  );

  isDerivation = value: builtins.isAttrs value && value.type or null == "derivation";
  addHook = withPhaseCache {
    phaseCacheHook = hook;
    inherit restrictToOptIn;
  };

  isOn = value: value == true || toString value == "1" || toString value == "true";

  overriding = [
    "phaseCacheIgnore"
    "phaseCacheFirstUse"
    "phaseCacheThrough"
  ];

  obstacleOf =
    { drvAttrs, ... }:
    if drvAttrs ? buildCommand then
      "no-phases"
    # Of lists within a list, structuredAttrs gives bash nothing at all.
    else if
      drvAttrs.__structuredAttrs or false && builtins.any builtins.isList (drvAttrs.nativeBuildInputs or [ ])
    then
      "nested-inputs"
    else
      null;

  describe =
    drv:
    if drv ? overrideAttrs then
      {
        inherit (addHook drv) drvPath name;
        package = drv.pname or (builtins.parseDrvName drv.name).name;
        obstacle = obstacleOf drv;
        directory = drv.drvAttrs.phaseCacheDir or null;
        strict = isOn (drv.drvAttrs.phaseCacheStrict or false);
        overrides = builtins.filter (name: drv.drvAttrs ? ${name}) overriding;
        outputs =
          if drv.outputSpecified or false then
            [ drv.outputName ]
          else
            drv.meta.outputsToInstall or [ drv.outputName or "out" ];
      }
    else
      {
        error = "no-override";
        name = drv.name or "it";
      };

  collect =
    value:
    if isDerivation value then
      [ (describe value) ]
    else if builtins.isFunction value then
      collect (value (builtins.intersectAttrs (builtins.functionArgs value) arguments))
    else if builtins.isList value then
      builtins.concatMap collect value
    else if builtins.isAttrs value then
      builtins.concatMap collect (builtins.filter isWanted (builtins.attrValues value))
    else
      [
        {
          error = "no-derivation";
          name = "a ${builtins.typeOf value}";
        }
      ];

  # As nix-build does it: derivations, and sets that ask to be looked into.
  isWanted =
    value: isDerivation value || (builtins.isAttrs value && value.recurseForDerivations or false);
in
collect
