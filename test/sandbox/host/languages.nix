# The builders and setup hooks that the checkout has for languages and wrappers, with the host's compilers and
# interpreters, and with stubs of the libraries.
{ checkout, node }:

final:

let
  inherit (final) lib;

  # The first of these files that the checkout has; else the default.
  fileOr = default: names: lib.findFirst builtins.pathExists default (map (name: checkout.folder + "/${name}") names);
  file = fileOr null;
  small = name: ../stdenv/setup-hooks + "/${name}";

  # Programs of the host, as links in a package's `bin`.
  programs =
    pname: attrs: names:
    final.stdenvNoCC.mkDerivation (
      {
        inherit pname;
        version = "host";
        dontUnpack = true;
        installPhase = ''
          mkdir -p $out/bin
          ${lib.concatMapStrings (name: "ln -s ${name} $out/bin/\n") names}
        '';
        dontFixup = true;
      }
      // attrs
    );

  stub = pname: code: final.runCommand pname { } "mkdir -p $out; ${code}";

  python =
    let
      package = programs "python3" {
        dontFixup = false;
        dontPatchShebangs = true;
        setupHooks = [
          (final.replaceVars or (path: _: path) (file [
            "python/setup-hook.sh"
            "by-name/py/python/setup-hook.sh"
          ]) { inherit (interpreter) sitePackages; })
          ./python/setup-hook.sh
        ];
        deterministic = ./python/sitecustomize.py;
        postInstall = "";
      } [ "/usr/bin/python3" ];
      interpreter = {
        sitePackages = "lib/python3/dist-packages";
      };
    in
    package;
in
{ }
