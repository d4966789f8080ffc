# The function that `phasecache build` applies to the value to build. It adds the hook to each derivation in the value and
# returns a list of `{ drvPath, name, package, outputs, obstacle, directory, strict, overrides }`, or `{ error, name }` for
# a derivation that can't be overridden. `obstacle` is why the hook can't work in a build: "no-phases", "nested-inputs",
# or null. `directory` is phaseCacheDir. `overrides` lists the attributes by which the user overrides the validity of
# snapshots.
{
  # The text of hooks/phase-cache-hook.sh, and the values of its placeholders.
  text,
  node,
  runtime,
  # The function in nix/with-phase-cache.nix, and its argument.
  withPhaseCache,
  restrictToOptIn,
  # Arguments for functions, from `--arg` and `--argstr`: each function gets those that it takes.
  arguments,
}:

let
  # Adds the context to a path in the Nix store, so that it becomes a dependency. Returns other paths unchanged.
  withContext =
    path:
    let
      found = builtins.match "(${builtins.storeDir}/[^/]+)(/.*)?" path;
    in
    if found == null then path else builtins.appendContext path { ${builtins.head found}.path = true; };

  # A file made during evaluation: it needs no stdenv to build, and its references are available in the sandbox.
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
        # A file can't contain its own store path, but bash knows the file that it reads.
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
    # With structuredAttrs, bash gets no variable for an attribute with nested lists.
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

  # Like nix-build: derivations, and sets with recurseForDerivations.
  isWanted =
    value: isDerivation value || (builtins.isAttrs value && value.recurseForDerivations or false);
in
collect
