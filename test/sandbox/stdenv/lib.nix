# The few library functions that packages and this folder use.
let
  optionals = condition: list: if condition then list else [ ];
  extends =
    overlay: base: final:
    let
      previous = base final;
    in
    previous // overlay final previous;
  getOutput = name: package: package.${name} or package.out or package;
in
{
  inherit extends getOutput optionals;
  inherit (builtins) concatStringsSep filter;

  fix =
    function:
    let
      result = function result;
    in
    result;
  composeManyExtensions =
    overlays: base: builtins.foldl' (function: overlay: extends overlay function) base overlays;

  genAttrs =
    names: function:
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = function name;
      }) names
    );
  optional = condition: value: optionals condition [ value ];
  optionalString = condition: text: if condition then text else "";
  optionalAttrs = condition: set: if condition then set else { };
  remove = value: builtins.filter (other: other != value);
  importJSON = path: builtins.fromJSON (builtins.readFile path);

  getBin = getOutput "bin";
  getDev = getOutput "dev";
  getLib = getOutput "lib";

  # Packages name them in `meta`, which nothing here reads.
  licenses = {
    bsd2 = "BSD-2-Clause";
    bsd3 = "BSD-3-Clause";
    gpl3Plus = "GPL-3.0-or-later";
    mit = "MIT";
  };
  platforms = {
    all = [ ];
    linux = [ ];
    unix = [ ];
  };
}
