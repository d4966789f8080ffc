/** A Debian package as the survey builds it. */
export interface SurveyPackage {
  /** The name of Debian's source package. */
  source: string;
  builtBy: string;
  /** Nix bindings, each with its `;`. `pkgs` is in scope. */
  attributes: string;
  /** Additional elements of nativeBuildInputs, as Nix code. */
  inputs?: string;
  /** A path of the machine to add to the sandbox. */
  sandboxPath?: string;
}

const prefix = `makeFlags = [ "PREFIX=\${placeholder "out"}" ];`;
const cmakeNinja = "pkgs.cmake pkgs.ninja";

/** Returns Nix code for a phase that runs its pre and post hooks. */
function phase(name: string, code: string): string {
  const hook = name.replace(/^./, (letter) => letter.toUpperCase());
  return `${name}Phase = ''\n  runHook pre${hook}\n  ${code}\n  runHook post${hook}\n'';`;
}

const make = (source: string, attributes = prefix): SurveyPackage => ({
  source,
  builtBy: "make",
  attributes,
});
const autotools = (source: string, attributes = ""): SurveyPackage => ({
  source,
  builtBy: "configure",
  attributes,
});
const cmake = (source: string, flags: readonly string[] = [], inputs = "pkgs.cmake"): SurveyPackage => ({
  source,
  builtBy: inputs.includes("ninja") ? "CMake, ninja" : "CMake, make",
  attributes: `cmakeFlags = [ ${flags.map((flag) => `"${flag}"`).join(" ")} ];`,
  inputs,
});
const meson = (source: string, flags: readonly string[]): SurveyPackage => ({
  source,
  builtBy: "meson",
  attributes: `mesonFlags = [ ${flags.map((flag) => `"${flag}"`).join(" ")} ];`,
  inputs: "pkgs.meson pkgs.ninja",
});
const perl = (source: string): SurveyPackage => ({
  source,
  builtBy: "MakeMaker",
  attributes: `${phase("configure", "perl Makefile.PL PREFIX=$out INSTALLDIRS=site")}
    installTargets = [ "pure_install" ];`,
});
const wheel = (source: string): SurveyPackage => ({
  source,
  builtBy: "Python wheel",
  attributes: `${phase("build", "python3 -m build --no-isolation --wheel")}
    ${phase("install", `python3 -m installer --prefix "$out" --no-compile-bytecode dist/*.whl`)}
    env.NIX_NO_SELF_RPATH = "1"; env.NIX_CFLAGS_COMPILE = "-g0";`,
});
const goTests = (source: string): SurveyPackage => ({
  source,
  builtBy: "go",
  attributes: `env.CGO_ENABLED = "0";
    preConfigure = ''
      export GOCACHE=$NIX_BUILD_TOP/go-cache GOPATH=$NIX_BUILD_TOP/go GOPROXY=off GO111MODULE=auto
      export GOFLAGS="-trimpath -p=$NIX_BUILD_CORES"
    '';
    ${phase("build", "go test -c -o package.test .")}
    ${phase("install", `install -D package.test "$out/bin/package.test"`)}`,
  inputs: "pkgs.go",
});
const crate = (source: string): SurveyPackage => ({
  source,
  builtBy: "cargo",
  // cargo requires all listed dependencies, but those of tests and of other features are not installed.
  attributes: `postPatch = ''
      awk '/^\\[/ { skip = /dependencies/ || /bench/ } !skip' Cargo.toml > kept; mv kept Cargo.toml; rm -f Cargo.lock
    '';
    preConfigure = "export CARGO_HOME=$NIX_BUILD_TOP/cargo";
    ${phase("build", `cargo build --release --offline -j "$NIX_BUILD_CORES"`)}
    ${phase("install", `install -D -m 644 target/release/*.rlib -t "$out/lib"`)}`,
  inputs: "pkgs.cargo pkgs.rustc",
});
const dune = (source: string): SurveyPackage => ({
  source,
  builtBy: "dune",
  attributes: `${phase("build", "dune build @install --root . --profile release")}
    ${phase("install", `dune install --root . --prefix "$out" --libdir "$out/lib/ocaml"`)}`,
});

/** The surveyed packages. phasecache was developed without any of them; each builds in seconds. */
export const packages: readonly SurveyPackage[] = [
  make("lz4"),
  make("lua5.4", `makeFlags = [ "INSTALL_TOP=\${placeholder "out"}" ]; buildFlags = [ "linux" ];`),
  make("xxhash"),
  make("tree"),
  make("scdoc", `makeFlags = [ "PREFIX=\${placeholder "out"}" "LDFLAGS=" ];`),
  make("figlet", `makeFlags = [ "prefix=\${placeholder "out"}" ];`),
  { source: "cowsay", builtBy: "a script", attributes: phase("install", "bash install.sh $out") },
  autotools("zlib"),
  autotools("sed"),
  autotools("gzip"),
  autotools("ed"),
  autotools("dash"),
  autotools("popt"),
  autotools("libconfig", `configureFlags = [ "--disable-examples" "--disable-cxx" ];`),
  autotools("gperf"),
  autotools("libffi", `outputs = [ "out" "dev" ];`),
  autotools("libtasn1-6", `configureFlags = [ "--disable-doc" ]; outputs = [ "out" "dev" ];`),
  cmake("libyaml", ["-DBUILD_SHARED_LIBS=ON"]),
  {
    ...cmake("expat", ["-DEXPAT_BUILD_DOCS=OFF"], cmakeNinja),
    attributes: `cmakeFlags = [ "-DEXPAT_BUILD_DOCS=OFF" ]; sourceRoot = "libexpat-R_2_5_0/expat";`,
  },
  cmake("tinyxml2", [], cmakeNinja),
  cmake("fmtlib", ["-DFMT_TEST=OFF", "-DFMT_DOC=OFF"], cmakeNinja),
  cmake("cmocka"),
  cmake("json-c", ["-DBUILD_TESTING=OFF"]),
  cmake("cjson", ["-DENABLE_CJSON_TEST=OFF"], cmakeNinja),
  cmake("pugixml"),
  meson("libepoxy", ["-Degl=no", "-Dglx=no", "-Dx11=false", "-Dtests=false"]),
  perl("libtext-iconv-perl"),
  perl("libyaml-tiny-perl"),
  wheel("docopt"),
  goTests("golang-blackfriday-v2"),
  crate("rust-hex"),
  dune("ocaml-result"),
  dune("ocaml-base64"),
  {
    source: "args4j",
    builtBy: "javac and jar",
    // Debian's JDK reads its settings from there.
    sandboxPath: "/etc/java-17-openjdk",
    attributes: `${phase("build", "mkdir classes; javac -encoding UTF-8 -d classes $(find args4j/src -name '*.java' -not -path '*/test/*' | LC_ALL=C sort); jar --create --date 1980-01-01T00:00:02Z --file args4j.jar -C classes .")}
    ${phase("install", `install -D -m 644 args4j.jar -t "$out/share/java"`)}`,
  },
];

/** The packages that `npm test` builds as well. */
export const quickPackages = packages.filter(({ source }) => ["cowsay", "tree"].includes(source));
