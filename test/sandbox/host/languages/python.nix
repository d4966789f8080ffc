# python3Packages with the builders and hooks, and with stubs of the packages that Debian's Python has.
final:
{ find, programs }:

let
  inherit (final) lib;

  folder = find [
    "python"
    "by-name/py/python"
  ];

  sitePackages = "lib/python3/dist-packages";

  python =
    let
      version = "3.11";
      package = programs "python3" [ "/usr/bin/python3" ] {
        setupHooks = [
          (final.runCommand "python-setup-hook.sh" { inherit sitePackages; } ''
            substitute ${folder + "/setup-hook.sh"} $out --subst-var sitePackages
          '')
          ../../python/setup-hook.sh
        ];
        postInstall = "install -D ${../../python/sitecustomize.py} $out/${sitePackages}/sitecustomize.py";
        meta.platforms = lib.platforms.all;
        passthru = {
          inherit sitePackages;
          inherit (final) stdenv;
          interpreter = "/usr/bin/python3";
          executable = "python3";
          libPrefix = "python3";
          pythonVersion = version;
          isPy3k = true;
          pythonAtLeast = lib.versionAtLeast version;
          pythonOlder = lib.versionOlder version;
          pythonOnBuildForHost = package;
          pkgs = packages;
          withPackages = _: final.stdenvNoCC.mkDerivation { name = "python3-env"; dontUnpack = true; installPhase = "mkdir $out"; };
        };
      };
    in
    package;

  # A package of which only the name is needed, because Debian's Python contains its modules.
  stub = pname: programs pname [ ] { };

  packages = lib.makeScope final.newScope (
    self:
    import (folder + "/python-packages-base.nix") {
      inherit lib python;
      inherit (final) stdenv;
      pkgs = final;
    } self
    // import (folder + "/hooks") self { }
    // lib.genAttrs [ "installer" "packaging" "pytest" "setuptools" "wheel" ] stub
    // {
      build = programs "build" [ "/usr/bin/pyproject-build" ] { };
      # The hook's program requires a newer packaging than Debian's.
      pythonRuntimeDepsCheckHook = self.makePythonHook {
        name = "python-runtime-deps-check-hook.sh";
        propagatedBuildInputs = [ self.packaging ];
        substitutions = {
          pythonInterpreter = python.interpreter;
          pythonSitePackages = sitePackages;
          hook = builtins.toFile "check.py" "";
        };
      } (folder + "/hooks/python-runtime-deps-check-hook.sh");
      pytest-mock = programs "python3-pytest-mock" [ ] {
        postInstall = "install -D ${../../python/module.py} $out/${sitePackages}/pytest_mock.py";
      };
    }
  );
in
{
  python3 = python;
  python3Packages = packages;
  findutils = programs "findutils" [ "/usr/bin/find" "/usr/bin/xargs" ] { };
}
