# shellcheck shell=bash
# shellcheck disable=SC2154
# cargoInstallHook, and cargoInstallPostBuildHook, which copies what buildPhase built before checkPhase builds more.
cargoInstallPostBuildHook() {
  mkdir -p "target/$cargoBuildType-tmp"
  cp -r "target/$cargoBuildType"/* "target/$cargoBuildType-tmp/"
}

cargoInstallHook() {
  local file
  runHook preInstall
  mkdir -p "$out/bin"
  for file in "target/$cargoBuildType-tmp"/*; do
    if [[ -f $file && -x $file ]]; then cp "$file" "$out/bin/"; fi
  done
  runHook postInstall
}

if [[ -z ${dontCargoInstall-} && -z ${installPhase-} ]]; then
  installPhase=cargoInstallHook
  postBuildHooks+=(cargoInstallPostBuildHook)
fi
