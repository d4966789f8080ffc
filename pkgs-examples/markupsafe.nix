# A Python wheel with an extension in C.
{
  lib,
  stdenv,
  fetchurl,
  python3,
  phaseCacheHook,
}:

stdenv.mkDerivation (finalAttrs: {
  pname = "markupsafe";
  version = "2.1.2";

  src = fetchurl {
    url = "https://files.pythonhosted.org/packages/source/M/MarkupSafe/MarkupSafe-${finalAttrs.version}.tar.gz";
    hash = "sha256-q8q8jCsmA21i1MdGOBpvfPYKr8xlMZitZ4MGmGsJRQ0=";
  };

  nativeBuildInputs = [
    (python3.withPackages (python: [
      python.build
      python.installer
      python.setuptools
      python.wheel
    ]))
    phaseCacheHook
  ];

  buildPhase = ''
    runHook preBuild
    python3 -m build --no-isolation --wheel
    runHook postBuild
  '';

  checkPhase = ''
    runHook preCheck
    PYTHONPATH=$(echo "$PWD"/build/lib*) python3 -c 'import markupsafe._speedups'
    runHook postCheck
  '';

  # A wheel that refers to an output can't be relocated. Without these settings it would: by the RPATH, which is not needed,
  # since nothing links to the package's own libraries, and by the compiler's random seed in debug information.
  env.NIX_NO_SELF_RPATH = "1";
  env.NIX_CFLAGS_COMPILE = "-g0";

  # Compiled Python contains the mtime of its source, which differs between builds.
  installPhase = ''
    runHook preInstall
    python3 -m installer --prefix "$out" --no-compile-bytecode dist/*.whl
    runHook postInstall
  '';

  meta = {
    description = "Escapes text for HTML and XML";
    license = lib.licenses.bsd3;
  };
})
