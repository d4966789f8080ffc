# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034
# Sets shell options and attributes. Builders source the files of this folder as $stdenv/setup, concatenated in the order of
# their names.
_optionsBefore=$-
set -eu -o pipefail
shopt -s inherit_errexit nullglob

# The levels are those of Nix's own messages, from 0 (errors only) to 7.
if [[ -n ${NIX_DEBUG-} && $NIX_DEBUG != [0-7] ]]; then
  echo "NIX_DEBUG is $NIX_DEBUG, but must be a number from 0 to 7"
  exit 1
fi
if [[ ${NIX_DEBUG:-0} -ge 6 ]]; then set -x; fi

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
