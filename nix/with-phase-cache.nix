# withPhaseCache: adds phaseCacheHook to a package, and tells it which inputs only tests use. Returns packages unchanged that
# have no phases (`buildCommand`).
{
  # The hook: a derivation, or a store path.
  phaseCacheHook,
  # Whether the package requests the store with the system feature `phase-cache`, as needed with
  # `programs.phasecache.restrictToOptIn`.
  restrictToOptIn ? false,
}:

drv:

let
  isHook =
    input:
    if builtins.isList input then
      builtins.any isHook input
    else if builtins.isAttrs input then
      input.name or "" == "phase-cache-hook"
    else
      builtins.match ".*-phase-cache-hook(\\.sh)?" (toString input) != null;

  # mkDerivation adds the inputs of tests to the other dependency lists, where the hook could not tell them apart. An input
  # that the package has there anyway is no input of tests.
  nameOf =
    input:
    let
      # Names of inputs that can't be evaluated are not needed: mkDerivation would fail, too.
      name = builtins.tryEval (
        if builtins.isAttrs input then input.pname or (builtins.parseDrvName (input.name or "")).name else ""
      );
    in
    if name.success then name.value else "";
  checkInputs =
    previous:
    let
      listed = names: builtins.concatMap (name: flatten (previous.${name} or [ ])) names;
      others = map nameOf (listed [
        "nativeBuildInputs"
        "buildInputs"
        "propagatedNativeBuildInputs"
        "propagatedBuildInputs"
      ]);
      names = map nameOf (
        inputsIf "doCheck" [
          "nativeCheckInputs"
          "checkInputs"
        ]
        ++ inputsIf "doInstallCheck" [
          "nativeInstallCheckInputs"
          "installCheckInputs"
        ]
      );
      inputsIf = condition: names: if previous.${condition} or false == true then listed names else [ ];
    in
    builtins.filter (name: name != "" && !builtins.elem name others) names;
  flatten = input: if builtins.isList input then builtins.concatMap flatten input else [ input ];

  add =
    previous:
    let
      inputs = previous.nativeBuildInputs or [ ];
      late = checkInputs previous;
      features = previous.requiredSystemFeatures or [ ];
      feature = "phase-cache";
    in
    # The names of attributes may not depend on values: where a builder uses `finalAttrs`, as buildPythonPackage does, values
    # depend on the names of all attributes.
    {
      nativeBuildInputs = inputs ++ (if builtins.any isHook inputs then [ ] else [ phaseCacheHook ]);
      # mkDerivation ignores nulls.
      phaseCacheCheckInputs = previous.phaseCacheCheckInputs or (if late == [ ] then null else late);
    }
    // (
      if restrictToOptIn then
        {
          requiredSystemFeatures = features ++ (if builtins.elem feature features then [ ] else [ feature ]);
        }
      else
        { }
    );

  changed = drv.overrideAttrs add;
in
if !(drv ? overrideAttrs) then
  throw "withPhaseCache: ${drv.name or "this value"} was not made by stdenv.mkDerivation (it has no overrideAttrs)"
else if drv ? buildCommand then
  drv
else if drv.outputSpecified or false then
  changed.${drv.outputName}
else
  changed
