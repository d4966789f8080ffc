# withPhaseCache: adds phaseCacheHook to a package. Returns packages unchanged that have the hook already, or that have no
# phases (`buildCommand`).
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

  add =
    previous:
    let
      inputs = previous.nativeBuildInputs or [ ];
      features = previous.requiredSystemFeatures or [ ];
      feature = "phase-cache";
    in
    # The names of attributes may not depend on values: where a builder uses `finalAttrs`, as buildPythonPackage does, values
    # depend on the names of all attributes.
    {
      nativeBuildInputs = inputs ++ (if builtins.any isHook inputs then [ ] else [ phaseCacheHook ]);
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
