# mkDerivation: converts attributes to a derivation, with `overrideAttrs`, `finalAttrs`, `passthru` and `meta`.
{
  lib,
  system,
  shell,
  stdenv,
}:

let
  # Selects the output with headers and setup hooks of each package. Ignores nulls.
  dependencies = list: map lib.getDev (lib.filter (package: package != null) list);

  dependencyLists =
    attrs:
    lib.genAttrs [
      "nativeBuildInputs"
      "buildInputs"
      "propagatedNativeBuildInputs"
      "propagatedBuildInputs"
    ] (name: dependencies (attrs.${name} or [ ]));

  arguments =
    attrs:
    let
      env = attrs.env or { };
    in
    removeAttrs attrs [
      "env"
      "meta"
      "passthru"
    ]
    // dependencyLists attrs
    // (if attrs.__structuredAttrs or false then { inherit env; } else env)
    // {
      name = attrs.name or "${attrs.pname}-${attrs.version}";
      inherit system stdenv;
      outputs = attrs.outputs or [ "out" ];
      builder = attrs.realBuilder or shell;
      args =
        attrs.args or [
          "-e"
          (attrs.builder or ./builder.sh)
        ];
    };

  # `old: { … }` or `final: old: { … }`
  override =
    function: change: final:
    let
      previous = function final;
      changed = change previous;
    in
    previous // (if builtins.isFunction changed then change final previous else changed);

  # `function` takes the final attributes, after all overrides.
  make =
    function:
    let
      attrs = function (attrs // { finalPackage = package; });
      package =
        attrs
        // derivation (arguments attrs)
        // attrs.passthru or { }
        // {
          overrideAttrs = change: make (override function change);
        };
    in
    package;
in
package: make (if builtins.isFunction package then package else _final: package)
