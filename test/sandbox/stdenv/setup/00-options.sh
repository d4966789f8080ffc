# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034
# Sets shell options and attributes. Builders source the files of this folder as $stdenv/setup, concatenated in the order of
# their names.
_optionsBefore=$-
set -eu -o pipefail
shopt -s inherit_errexit nullglob

if [[ -n ${NIX_ATTRS_JSON_FILE-} || -e .attrs.sh ]]; then
  __structuredAttrs=1
  for _name in "${!outputs[@]}"; do export "$_name=${outputs[$_name]}"; done
  # Nix 2.8 sets the variables to the paths of these files outside the sandbox.
  if [[ ! -e ${NIX_ATTRS_JSON_FILE-} ]]; then export NIX_ATTRS_JSON_FILE=$NIX_BUILD_TOP/.attrs.json; fi
  if [[ ! -e ${NIX_ATTRS_SH_FILE-} ]]; then export NIX_ATTRS_SH_FILE=$NIX_BUILD_TOP/.attrs.sh; fi
else
  __structuredAttrs=
  : "${outputs:=out}"
fi
