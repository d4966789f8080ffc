# The library functions that packages and this folder use.
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
  concatStrings = builtins.concatStringsSep "";

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
  mapAttrsToList = function: set: map (name: function name set.${name}) (builtins.attrNames set);
  filterAttrs =
    isWanted: set:
    removeAttrs set (builtins.filter (name: !isWanted name set.${name}) (builtins.attrNames set));
  optional = condition: value: optionals condition [ value ];
  optionalString = condition: text: if condition then text else "";
  optionalAttrs = condition: set: if condition then set else { };
  remove = value: builtins.filter (other: other != value);
  importJSON = path: builtins.fromJSON (builtins.readFile path);

  # The files below `path` whose relative name matches one of the expressions.
  sourceByRegex =
    path: expressions:
    builtins.path {
      inherit path;
      name = "source";
      filter =
        file: _:
        let
          name = builtins.substring (builtins.stringLength (toString path) + 1) (-1) file;
        in
        builtins.any (expression: builtins.match expression name != null) expressions;
    };

  getBin = getOutput "bin";
  getDev = getOutput "dev";
  getLib = getOutput "lib";

  # Packages refer to these in `meta`, which this package set does not read.
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
