/**
 * Variables that the table leaves to the first phase on purpose, by what they have in common. Most could not change without
 * a change of the sources, of a phase's text or of the packages, too.
 */
export const earlyVariables: Readonly<Record<string, string>> = {
  "decide the sources, the outputs or the whole build": `
    bin buildCommand buildCommandPath data debug dist doc dontMakeSourcesWritable dontUnpack env hardeningDisable
    lib name noCC noDumpEnvVars out outputBin outputDev outputDevdoc outputDevman outputDoc outputInclude
    outputInfo outputLib outputMan outputs pname postUnpack preUnpack setSourceRoot sourceRoot src srcs stdenv
    strictDeps __structuredAttrs succeedOnFailure test_src type unpackPhase useTempPrefix version`,
  "are evaluated while the shell starts, or when it ends": `
    addInputsHook dontAddExtraLibs dontAddPythonPath dontForceRegenCython exitHook failureHook perlPostHook
    perlPreHook postHook preHook showBuildStats userHook`,
  "belong to unpackPhase": `
    cargoDeps cargoDepsHook cargoRoot cargoVendorDir curSrc dontCargoSetupPostUnpack dontUseEggUnpack
    dontUseWheelUnpack extraPaths extraSrcPaths extraSrcs goDeps goPackageAliases goPackagePath postUnpackGog
    preUnpackGog`,
  "are set by stdenv, by a hook or by bash itself": `
    addEmacsNativeLoadPath curPhase depHostOffset depTargetOffset emacsHookDone exitCode flagsArray foundMakefile
    gemType goModVendorFlags hostOffset initialPath intermediates __internal_dontAddSysroot libxmlHookDone
    lt_cv_deplibs_check_method noBrokenSymlinksHookInstalled output pkgsBuildBuild pkgsBuildHost pkgsBuildTarget
    pkgsHostHost pkgsHostTarget prefix program_PATH python ranTrap role_post __runitTestHookInstalled sgmlHookDone
    shell targetOffset typ`,
  "are too short or too common to be found in the sources": `
    document tags`,
  "are read by Nix code, or change texts and packages, in builders of many languages": `
    auditable badPlatforms broken buildDepends buildDrvArgs buildTools buildType cargoHash changelog checkInputs
    compiler dependencies deps depsExtraArgs description dir disabled executable extraConfig extraSetupCommands
    fetcherVersion format hash headersOnly homepage hydraPlatforms inputsFrom installCheckInputs isExecutable
    license logLevel mainProgram maintainers meta namePrefix nativeCheckInputs nativeInstallCheckInputs nixFlags
    packages passthru platform platforms postShell prepareRunCommands preShell pyproject revision sandboxPaths
    sha256 teams testedPackage testPath`,
  "… and of Bazel, Maven, Gradle and GraalVM": `
    afterDepsSetup bazelBuildFlags bazelFetchFlags bazelFlags bazelRunFlags bazelRunTarget bazelTargets
    bazelTestFlags bazelTestTargets buildOffline dontAddBazelOpts extraNativeImageBuildArgs fetchConfigured
    graalvmXmx gradleHash jar mainClass manualMvnArtifacts manualMvnSources mvnDepsParameters mvnFetchExtraArgs
    mvnHash mvnJdk mvnParameters nativeImageBuildArgs removeLocal removeLocalConfigCc removeRulesCC runTargetFlags
    targetRunFlags`,
  "… of Rust and Go": `
    allowGoReference buildTestBinaries cargoDepsName cargoLock cargoPatches cargoPgrxFlags cargoUpdateHook
    deleteVendor dontRenameImports goSum modBuildPhase modConfigurePhase modInstallPhase modPostBuild
    overrideModAttrs proxyVendor renameImports rust useFakeRustfmt useFetchCargoVendor usePgTestCheckFeature
    vendorHash vendorStaging`,
  "… of Node, Dart, .NET and PHP": `
    autoPubspecLock composer customSourceBuilders extraPackageConfigSetup forceEmptyCache forceGitDeps gitHashes
    internalDeps keepSources nodejs npmBuildHook npmConfigHook npmDepsHash npmInstallHook npmPackName nugetDeps
    packageRoot peclDeps php pnpm pnpmDepsHash pnpmPackName postPhpize projectFiles projectReferences pubspecLock
    pubspecLockFilePath runtimeDeps runtimeId sdkSourceBuilders testProjectFiles yarnBuildHook yarnDepsHash
    yarnLock yarnPackName`,
  "… of Haskell": `
    allowInconsistentDependencies benchmarkDepends benchmarkFrameworkDepends benchmarkHaskellDepends
    benchmarkPkgconfigDepends benchmarkSystemDepends benchmarkToolDepends buildTarget coreSetup
    __darwinAllowLocalNetworking disallowGhcReference doBenchmark doCoverage doHaddock doHaddockInterfaces
    doHaddockQuickjump doHoogle doInstallIntermediates dontConvertCabalFileToUnix editedCabalFile
    enableDeadCodeElimination enableExecutableProfiling enableHsc2hsViaAsm enableLibraryForGhci
    enableLibraryProfiling enableObjectDeterminism enableSeparateBinOutput enableSeparateDataOutput
    enableSeparateDocOutput enableSeparateIntermediatesOutput enableSharedExecutables enableSharedLibraries
    enableStaticLibraries executableFrameworkDepends executableHaskellDepends executablePkgconfigDepends
    executableSystemDepends executableToolDepends extraLibraries haddockFlags hyperlinkSource isLibrary jailbreak
    libraryFrameworkDepends libraryHaskellDepends libraryPkgconfigDepends librarySystemDepends libraryToolDepends
    maxBuildCores __onlyPropagateKnownPkgConfigModules postCompileBuildDriver postHaddock postInstallIntermediates
    postSetupCompilerEnvironment preCompileBuildDriver preHaddock preInstallIntermediates
    preSetupCompilerEnvironment previousIntermediates profilingDetail __propagatePkgConfigDepends
    setupHaskellDepends testDepends testFlags testFrameworkDepends testHaskellDepends testPkgconfigDepends
    testSystemDepends testTarget testTargets testToolDepends useCpphs withHoogle`,
  "… of other languages": `
    addTclConfigureFlags createFindlibDestdir duneVersion externalDeps gemPath knownRockspec luarocksConfig
    minimumOCamlVersion rCommand recordedSourceChecksumsFileName rockspecFilename rockspecVersion rocksSubdir ruby
    xcbuildFlags xorgcffiles`,
};

/** Packages with setup hooks that belong to the first phase, by what they do. */
export const earlyPackages: Readonly<Record<string, string>> = {
  "change the environment of all phases, or give it programs and libraries of which any phase may make use": `
    add-bin-to-path-hook apple apple_sdk automake aws-c-common bintools-wrapper cc-wrapper cmake compat
    desktop-file-utils emacs ensure-newer-sources-hook find-xml-catalogs-hook fts gawkextlib gdk-pixbuf gettext
    glib glibc-locales gobject-introspection gtk+ gtk+3 gtk4 guile iana-etc install libiconv llvmpipe-hook lua
    luajit luarocks_bootstrap lzip MacOS_SDK memstream-hook meson mesonEmulatorHook netbsd-setup-hook
    netbsd-stat-hook nss-cacert nss-cacert-certdata opensp patchelf perl pkg-config-wrapper protobuf
    pybind11-setup-hook python3-cython python3-httpx python3-hypothesis R rust rust-bindgen-hook rust-jemalloc-sys
    rustc separate-debug-info-hook setup-debug-info-dirs-hook sgx-sdk tcl-package-hook tzdata vala wrap-lua-hook
    writable-tmpdir-as-home-hook xorg`,
  "unpack, patch or configure": `
    autoreconf-hook cargo-setup-hook.sh conda-unpack-hook dpkg egg-unpack-hook.sh gradle-setup-hook mitm-cache
    node-modules-hook.sh npm-config-hook pnpm-config-hook unzip wheel-unpack-hook.sh yarn-config-hook`,
  "decide how the package is built, and bring the programs for it": `
    bmake composer-install-hook.sh composer-repository-hook.sh conda-install-hook dart-build-hook dart-config-hook
    dart-fixup-hook dart-install-hook dotnet-build-hook dotnet-check-hook dotnet-configure-hook dotnet-fixup-hook
    dotnet-install-hook egg-build-hook.sh egg-install-hook.sh just luarocks-move-rock maturin-build-hook.sh ninja
    pip-build-hook.sh pip-install-hook pypa-build-hook.sh pypa-install-hook python-output-dist-hook
    python3-meson-python python3-pdm-backend python3-poetry-dynamic-versioning python3-scikit-build-core
    python3-setuptools-rust python3-setuptools-scm scons setuptools-build-hook setuptools-rust-setup-hook
    xcbuild-hook zig-hook`,
  "run on macOS only": `
    auto-sign-darwin-binaries-hook darwin-check-reexports-hook darwin-portable-libSystem-hook`,
  "define functions for other hooks, or serve development shells": `
    getRunpathEntries getSortedMapKeys isDeclaredArray isDeclaredMap sortArray venv-shell-hook`,
};

/** Returns the names of all groups. */
export function namesIn(groups: Readonly<Record<string, string>>): Set<string> {
  return new Set(Object.values(groups).flatMap((names) => names.trim().split(/\s+/)));
}
