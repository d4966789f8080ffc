# The NixOS options that programs.phasecache sets, declared with their types in nixpkgs.
{ lib, ... }:

let
  inherit (lib) mkOption types;
  list = type: mkOption {
    type = types.listOf type;
    default = [ ];
  };
  attributes = type: mkOption {
    type = types.attrsOf type;
    default = { };
  };
  atom = types.nullOr (
    types.oneOf [
      types.bool
      types.int
      types.float
      types.str
      types.path
      types.package
    ]
  );
in
{
  options = {
    assertions = list types.unspecified;
    warnings = list types.str;
    environment.systemPackages = list types.package;
    environment.sessionVariables = attributes (
      types.oneOf [
        (types.listOf types.str)
        types.str
        types.path
      ]
    );
    nixpkgs.overlays = list (types.functionTo (types.functionTo types.unspecified));
    nix.settings = attributes (types.either atom (types.listOf atom));
    systemd.tmpfiles.rules = list types.str;
    systemd.services = attributes (types.attrsOf types.unspecified);
    systemd.timers = attributes (types.attrsOf types.unspecified);
  };
}
