# A Python package with an extension in C, a program, and tests for pytest.
{ pkgs, src }:

{
  build = pkgs.python3Packages.buildPythonPackage;

  attributes = {
    pname = "markupsafe";
    version = "2.1.2";
    inherit src;
    pyproject = true;
    build-system = [ pkgs.python3Packages.setuptools ];
    nativeBuildInputs = [ pkgs.installShellFiles ];
    nativeCheckInputs = [ pkgs.python3Packages.pytestCheckHook ];
    pythonImportsCheck = [ "markupsafe" ];
    doCheck = true;

    # The tests are in the sources; the package has no program of its own.
    postInstall = ''
      install -D -m 755 ${builtins.toFile "escape" "#!/usr/bin/python3\nimport sys, markupsafe\nprint(markupsafe.escape(sys.argv[1]))\n"} $out/bin/escape
    '';

    env = {
      # A wheel is compressed: it can be relocated only if it does not name an output. The RPATH and the compiler's random
      # seed, which debug information contains, would.
      NIX_NO_SELF_RPATH = "1";
      NIX_CFLAGS_COMPILE = "-g0";
    };
  };
}
