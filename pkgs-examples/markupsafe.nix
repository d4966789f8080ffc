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

  # A wheel can't be relocated if it names an output. The RPATH would, though nothing here links to the package's own
  # libraries, and debug information would, by the compiler's random seed.
  env.NIX_NO_SELF_RPATH = "1";
  env.NIX_CFLAGS_COMPILE = "-g0";

  # Compiled Python names the time of its source, which no two builds share.
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
