# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034
# Shell options, and attributes as variables. The files of this folder, joined in the order of their names, are what
# builders source as $stdenv/setup.
_optionsBefore=$-
set -eu -o pipefail
shopt -s inherit_errexit nullglob

if [[ -n ${NIX_ATTRS_JSON_FILE-} || -e .attrs.sh ]]; then
  __structuredAttrs=1
  for _name in "${!outputs[@]}"; do export "$_name=${outputs[$_name]}"; done
  # Nix 2.8 names these files by where they lie outside the sandbox.
  if [[ ! -e ${NIX_ATTRS_JSON_FILE-} ]]; then export NIX_ATTRS_JSON_FILE=$NIX_BUILD_TOP/.attrs.json; fi
  if [[ ! -e ${NIX_ATTRS_SH_FILE-} ]]; then export NIX_ATTRS_SH_FILE=$NIX_BUILD_TOP/.attrs.sh; fi
else
  __structuredAttrs=
  : "${outputs:=out}"
fi
