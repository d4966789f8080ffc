# shellcheck shell=bash
# shellcheck disable=SC2154
# wrapGAppsHook, which wraps the programs of every output in fixupPhase, with the search paths of GTK.
gappsWrapperArgs=()

find_gio_modules() {
  if [[ -d $1/lib/gio/modules ]]; then gappsWrapperArgs+=(--prefix GIO_EXTRA_MODULES : "$1/lib/gio/modules"); fi
}
addEnvHooks "$targetOffset" find_gio_modules

gappsWrapperArgsHook() {
  local name
  if [[ -d $prefix/share ]]; then gappsWrapperArgs+=(--prefix XDG_DATA_DIRS : "$prefix/share"); fi
  for name in ${wrapPrefixVariables:-} GI_TYPELIB_PATH GRL_PLUGIN_PATH; do
    if [[ -n ${!name:-} ]]; then gappsWrapperArgs+=(--prefix "$name" : "${!name}"); fi
  done
}
appendToVar preFixupPhases gappsWrapperArgsHook

wrapGApp() {
  wrapProgram "$1" "${gappsWrapperArgs[@]}" "${@:2}"
}

wrapGAppsHook() {
  local file
  if [[ -n ${dontWrapGApps:-} || -n ${wrapGAppsHookHasRun-} ]]; then return 0; fi
  wrapGAppsHookHasRun=1
  while IFS= read -r -d '' file; do wrapGApp "$file"; done < <(
    find "$prefix/bin" "$prefix/libexec" -type f -executable -print0 2>/dev/null | sort -z
  )
}
fixupOutputHooks+=(wrapGAppsHook)
