# withPhaseCache: a package with phaseCacheHook added from outside, and otherwise as it was. Packages that have the hook
# already, and those without phases (`buildCommand`), stay the derivations that they are.
{
  # The hook: a derivation, or a store path.
  phaseCacheHook,
  # Whether the store is shown only to builds that ask for the system feature `phase-cache`, as
  # `programs.phasecache.restrictToOptIn` has it.
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
    (if builtins.any isHook inputs then { } else { nativeBuildInputs = inputs ++ [ phaseCacheHook ]; })
    // (
      if restrictToOptIn && !builtins.elem feature features then
        { requiredSystemFeatures = features ++ [ feature ]; }
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
