# The checkout's builders and setup hooks of languages and wrappers, with the host's compilers and interpreters and with
# stubs of the libraries.
{ checkout, node }:

final:

let
  inherit (final) lib;

  tools = {
    # The first of these files and folders that the checkout has; null for none.
    find =
      names: lib.findFirst builtins.pathExists null (map (name: checkout.folder + "/${name}") names);

    # A package with links to programs of the host.
    programs =
      pname: paths: attrs:
      final.stdenvNoCC.mkDerivation (
        {
          inherit pname;
          version = "1";
          dontUnpack = true;
          installPhase = ''
            mkdir -p $out/bin
            for program in ${toString paths}; do ln -s $program $out/bin/; done
            runHook postInstall
          '';
          dontPatchShebangs = true;
        }
        // attrs
      );
  };
  part = path: path final tools;
in
part (import ./python.nix)
// part (import ./rust.nix)
// part (import ./go.nix)
// part (import ./npm.nix node)
// part (import ./perl.nix)
// part (import ./wrappers.nix)
