# shellcheck shell=bash
# shellcheck disable=SC2154,SC2086
# npmConfigHook, which installs the dependencies.
npmConfigHook() {
  export HOME=$TMPDIR
  npm config set offline true
  npm ci --ignore-scripts ${npmInstallFlags-} ${npmFlags-}
}

postPatchHooks+=(npmConfigHook)
