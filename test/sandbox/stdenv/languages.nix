# Builders and hooks of languages and wrappers, with the interface of nixpkgs' own.
{ lib, node }:

final:

let
  inherit (final.stdenv) mkDerivation;

  # A package of a hook that is in ./setup-hooks.
  hook =
    name: script: arguments:
    final.makeSetupHook ({ inherit name; } // arguments) (./setup-hooks + "/${script}.sh");

  # A package with links to programs of the host.
  programs =
    name: paths:
    final.runCommand name { inherit paths; } ''
      mkdir -p $out/bin
      for program in $paths; do ln -s $program $out/bin/; done
    '';

  # A package with a file.
  library = name: file: content: final.runCommand name { } "install -D ${content} $out/${file}";

  sitePackages = "lib/python3/dist-packages";
  pythonHook = name: script: hook name script { substitutions = { inherit sitePackages; }; };
  module = name: file: library name "${sitePackages}/${baseNameOf file}" file;

  # Changes the list of native inputs of a package.
  withInputs = attrs: inputs: attrs // { nativeBuildInputs = inputs ++ attrs.nativeBuildInputs or [ ]; };

  wrapperInputs = {
    propagatedBuildInputs = [ final.makeWrapper ];
  };
in
{
  python3 =
    final.runCommand "python3-host"
      {
        passthru.withPackages = _: final.runCommand "python3-env-host" { } "mkdir $out";
      }
      ''
        mkdir -p $out/bin $out/nix-support $out/${sitePackages}
        ln -s /usr/bin/python3 $out/bin/
        cp ${../python/sitecustomize.py} $out/${sitePackages}/sitecustomize.py
        cat ${./setup-hooks/python.sh} ${../python/setup-hook.sh} > $out/nix-support/setup-hook
      '';

  python3Packages = {
    setuptools = final.runCommand "python3-setuptools-host" { } "mkdir $out";
    pytest-mock = library "python3-pytest-mock-1" "${sitePackages}/pytest_mock.py" "${../python/module.py}";
    pytestCheckHook = hook "pytest-check-hook" "pytest-check" { };

    buildPythonPackage =
      attrs:
      mkDerivation (
        withInputs
          (
            removeAttrs attrs [
              "pyproject"
              "build-system"
              "nativeCheckInputs"
            ]
          )
          (
            [
              final.python3
              (hook "wrap-python-hook" "wrap-python" (wrapperInputs // { substitutions = { inherit sitePackages; }; }))
              (pythonHook "python-remove-bin-bytecode-hook" "python-remove-bin-bytecode")
              (hook "pypa-build-hook.sh" "pypa-build" { })
              (pythonHook "python-runtime-deps-check-hook.sh" "python-runtime-deps-check")
              (pythonHook "pypa-install-hook" "pypa-install")
              (pythonHook "python-imports-check-hook.sh" "python-imports-check")
              (pythonHook "python-output-dist-hook" "python-output-dist")
            ]
            ++ attrs.build-system or [ ]
          )
        // {
          name = "python3-${attrs.pname}-${attrs.version}";
          strictDeps = true;
          outputs = [
            "out"
            "dist"
          ];
          # The tests run after the package is installed.
          doCheck = false;
          doInstallCheck = attrs.doCheck or true;
          nativeInstallCheckInputs = attrs.nativeCheckInputs or [ ];
          postFixup = "wrapPythonPrograms\n" + attrs.postFixup or "";
        }
      );
  };

  cargo = programs "cargo-host" [ "/usr/bin/cargo" ];
  rustc = programs "rustc-host" [ "/usr/bin/rustc" ];
  rustPlatform.buildRustPackage =
    attrs:
    mkDerivation (
      {
        cargoBuildType = "release";
        cargoCheckType = "release";
        doCheck = true;
        strictDeps = true;
        configurePhase = "runHook preConfigure\nrunHook postConfigure";
      }
      // withInputs attrs [
        (hook "cargo-build-hook.sh" "cargo-build" { })
        (hook "cargo-check-hook.sh" "cargo-check" { })
        (hook "cargo-install-hook.sh" "cargo-install" { })
        (hook "cargo-setup-hook.sh" "cargo-setup" { })
        final.rustc
        final.cargo
      ]
    );

  go = final.runCommand "go-host" { } "mkdir $out";
  buildGoModule =
    attrs:
    mkDerivation (
      {
        doCheck = true;
        strictDeps = true;
        configurePhase = ''
          runHook preConfigure
          export GOCACHE=$TMPDIR/go-cache GOPATH=$TMPDIR/go GOPROXY=off GOSUMDB=off
          runHook postConfigure
        '';
        buildPhase = ''
          runHook preBuild
          buildGoDir() {
            local cmd="$1" dir="$2"
            declare -a flags
            flags+=("-p" "$NIX_BUILD_CORES")
            if [ "$cmd" = "test" ]; then
              flags+=($checkFlags)
            fi
            go $cmd "''${flags[@]}" "$dir"
          }
          for pkg in $subPackages; do
            buildGoDir install "./$pkg"
          done
          runHook postBuild
        '';
        checkPhase = ''
          runHook preCheck
          export GOFLAGS=''${GOFLAGS//-trimpath/}
          for pkg in $subPackages; do
            buildGoDir test "./$pkg"
          done
          runHook postCheck
        '';
        installPhase = ''
          runHook preInstall
          mkdir -p $out
          cp -r "$GOPATH/bin" $out
          runHook postInstall
        '';
      }
      // withInputs attrs [ final.go ]
      // {
        env = {
          GO111MODULE = "on";
          GOFLAGS = "-trimpath";
          CGO_ENABLED = "0";
        }
        // attrs.env or { };
      }
    );

  nodejs = programs "nodejs-host" [
    node
    "${dirOf node}/npm"
  ];
  buildNpmPackage =
    attrs:
    mkDerivation (
      {
        npmBuildScript = "build";
        strictDeps = true;
        dontStrip = true;
      }
      // withInputs attrs [
        final.nodejs
        (hook "npm-config-hook" "npm-config" { })
        (hook "npm-build-hook" "npm-build" { })
        (hook "npm-install-hook" "npm-install" wrapperInputs)
      ]
    );

  perl = programs "perl-host" [ "/usr/bin/perl" ];
  perlPackages.buildPerlPackage =
    attrs:
    mkDerivation (
      {
        doCheck = true;
        checkTarget = "test";
        builder = ./perl-builder.sh;
      }
      // withInputs attrs [ final.perl ]
      // {
        name = "perl-${attrs.pname}-${attrs.version}";
      }
    );

  wrapGAppsHook3 = hook "wrap-gapps-hook" "wrap-gapps" {
    propagatedBuildInputs = [ final.makeWrapper ];
    depsTargetTargetPropagated = [ (library "dconf-lib" "lib/gio/modules/module.so" "/dev/null") ];
  };
  gtkLibrary = library "gtk-library" "lib/girepository-1.0/module.typelib" "/dev/null";
  qtbase = library "qtbase" "lib/qt-6/plugins/module.so" "/dev/null";
  wrapQtAppsHook = hook "wrap-qt6-apps-hook" "wrap-qt-apps" wrapperInputs;

  versionCheckHook = hook "version-check-hook" "version-check" { };
  checkTool = final.runCommand "check-tool" { } "mkdir -p $out/bin; ln -s /usr/bin/true $out/bin/check-tool";
}
