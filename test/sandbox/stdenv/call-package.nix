# callPackage: calls a function, or the function in a file, with the packages that its arguments name.
pkgs: functionOrFile: arguments:

let
  function = if builtins.isFunction functionOrFile then functionOrFile else import functionOrFile;
  automatic = builtins.intersectAttrs (builtins.functionArgs function) pkgs;
  package = function (automatic // arguments);
  override = new: pkgs.callPackage function (arguments // new);
in
if builtins.isAttrs package then package // { inherit override; } else package
