# shellcheck shell=bash
# shellcheck disable=SC2154
# Copies the vendored dependencies and writes cargo's configuration.
cargoSetupPostUnpackHook() {
  cp -r "$cargoDeps" "$(stripHash "$cargoDeps")"
  cargoDepsCopy=$(realpath "$(stripHash "$cargoDeps")")
  chmod -R u+w "$cargoDepsCopy"
  mkdir -p .cargo
  printf '[source.crates-io]\nreplace-with = "vendored"\n[source.vendored]\ndirectory = "%s"\n' \
    "$cargoDepsCopy" >>.cargo/config.toml
}

cargoSetupPostPatchHook() {
  diff Cargo.lock "$cargoDepsCopy/Cargo.lock"
  unset cargoDepsCopy
}

postUnpackHooks+=(cargoSetupPostUnpackHook)
postPatchHooks+=(cargoSetupPostPatchHook)
