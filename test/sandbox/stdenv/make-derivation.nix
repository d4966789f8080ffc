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
    let
      doCheck = attrs.doCheck or false;
      doInstallCheck = attrs.doInstallCheck or false;
      own = name: attrs.${name} or [ ];
      # Dependencies of tests count only when the tests run.
      ofTests =
        prefix:
        lib.optionals doCheck (own (if prefix == "" then "checkInputs" else "nativeCheckInputs"))
        ++ lib.optionals doInstallCheck (
          own (if prefix == "" then "installCheckInputs" else "nativeInstallCheckInputs")
        );
    in
    lib.genAttrs [
      "depsBuildBuild"
      "depsBuildBuildPropagated"
      "nativeBuildInputs"
      "propagatedNativeBuildInputs"
      "depsBuildTarget"
      "depsBuildTargetPropagated"
      "depsHostHost"
      "depsHostHostPropagated"
      "buildInputs"
      "propagatedBuildInputs"
      "depsTargetTarget"
      "depsTargetTargetPropagated"
    ] (
      name:
      dependencies (
        own name
        ++ lib.optionals (name == "nativeBuildInputs") (ofTests "native")
        ++ lib.optionals (name == "buildInputs") (ofTests "")
      )
    );

  # Nix reads these from `outputChecks` with structuredAttrs.
  checksOfOutputs = [
    "allowedReferences"
    "allowedRequisites"
    "disallowedReferences"
    "disallowedRequisites"
  ];
  outputChecks =
    attrs: outputs:
    let
      common = lib.filterAttrs (name: _: builtins.elem name checksOfOutputs) attrs;
    in
    lib.genAttrs outputs (name: common // attrs.outputChecks.${name} or { });

  arguments =
    attrs:
    let
      isStructured = attrs.__structuredAttrs or false;
      outputs = attrs.outputs or [ "out" ];
      isParallel = attrs.enableParallelBuilding or false;
      env =
        attrs.env or { }
        // lib.optionalAttrs (attrs ? meta.mainProgram) { NIX_MAIN_PROGRAM = attrs.meta.mainProgram; };
    in
    lib.optionalAttrs isParallel {
      enableParallelChecking = true;
      enableParallelInstalling = true;
    }
    // removeAttrs attrs (
      [
        "env"
        "meta"
        "passthru"
        "pos"
        "checkInputs"
        "installCheckInputs"
        "nativeCheckInputs"
        "nativeInstallCheckInputs"
      ]
      ++ lib.optionals isStructured checksOfOutputs
    )
    // dependencyLists attrs
    // (
      if isStructured then
        {
          inherit env;
          outputChecks = outputChecks attrs outputs;
        }
      else
        env
    )
    // {
      name = attrs.name or "${attrs.pname}-${attrs.version}";
      inherit system stdenv outputs;
      __ignoreNulls = true;
      __structuredAttrs = isStructured;
      strictDeps = attrs.strictDeps or false;
      doCheck = attrs.doCheck or false;
      doInstallCheck = attrs.doInstallCheck or false;
      configureFlags = attrs.configureFlags or [ ];
      cmakeFlags = attrs.cmakeFlags or [ ];
      mesonFlags = attrs.mesonFlags or [ ];
      patches = attrs.patches or [ ];
      builder = attrs.realBuilder or shell;
      args =
        attrs.args or [
          "-e"
          ./source-stdenv.sh
          (attrs.builder or ./default-builder.sh)
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
      attrs = function (attrs // { inherit finalPackage overrideAttrs; });
      overrideAttrs = change: make (override function change);
      passthru = attrs.passthru or { };
      finalPackage =
        derivation (arguments attrs)
        // {
          inherit overrideAttrs passthru;
          meta = attrs.meta or { };
        }
        // passthru;
    in
    finalPackage;
in
package: make (if builtins.isFunction package then package else _final: package)
