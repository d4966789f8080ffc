#!/bin/bash
# The host's compiler (@program@) with the flags in stdenv's variables.
read -r -a flags <<<"${NIX_CFLAGS_COMPILE-}"
links=1
for argument in "$@"; do
  case $argument in
    -c | -S | -E | -M | -MM) links= ;;
  esac
done
if [[ $links ]]; then
  # As in nixpkgs' gcc: a build ID is a digest of, among others, output paths.
  flags+=("-Wl,--build-id=none")
  for argument in ${NIX_LDFLAGS-}; do flags+=("-Wl,$argument"); done
fi
exec "@program@" "$@" "${flags[@]}"
