# shellcheck shell=bash
# shellcheck disable=SC2154
# wrapQtAppsHook, which wraps the programs of every output in fixupPhase, with the search paths of Qt.
if [[ -z ${__nix_wrapQtAppsHook-} ]]; then
  __nix_wrapQtAppsHook=1
  # shellcheck disable=SC2206,SC2128
  qtWrapperArgs=(${qtWrapperArgs-})

  qtHostPathHook() {
    if [[ -d $1/lib/qt-6/plugins ]]; then
      qtWrapperArgs+=(--prefix QT_PLUGIN_PATH : "$1/lib/qt-6/plugins")
    fi
  }
  addEnvHooks "$targetOffset" qtHostPathHook

  qtOwnPathsHook() {
    local data=${!outputBin}/share
    if [[ -d $data ]]; then qtWrapperArgs+=(--prefix XDG_DATA_DIRS : "$data"); fi
    qtHostPathHook "${!outputBin}"
  }
  appendToVar preFixupPhases qtOwnPathsHook

  wrapQtApp() {
    wrapProgram "$1" "${qtWrapperArgs[@]}" "${@:2}"
  }

  wrapQtAppsHook() {
    local file
    if [[ -n ${dontWrapQtApps-} || -n ${wrapQtAppsHookHasRun-} ]]; then return 0; fi
    wrapQtAppsHookHasRun=1
    while IFS= read -r -d '' file; do wrapQtApp "$file"; done < <(
      find "$prefix/bin" "$prefix/libexec" -type f -executable -print0 2>/dev/null | sort -z
    )
  }
  fixupOutputHooks+=(wrapQtAppsHook)
fi
