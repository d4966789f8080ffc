# shellcheck shell=bash
# shellcheck disable=SC2154
# The builder of Perl packages. Makefile.PL runs in configurePhase, after the package's own preConfigure.
oldPreConfigure=${preConfigure-}
preConfigure() {
  eval "$oldPreConfigure"
  local -a flags=()
  concatTo flags makeMakerFlags
  perl Makefile.PL AR="$AR" CC="$CC" LD="$CC" PREFIX="$out" INSTALLDIRS=site "${flags[@]}"
}

if [[ -n ${perlPreHook-} ]]; then eval "$perlPreHook"; fi
genericBuild
