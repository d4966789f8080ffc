# shellcheck shell=bash
# shellcheck disable=SC1090,SC1091,SC2154
# The builder of every derivation of this stdenv. $1: the script that builds.
if [[ -e ${NIX_ATTRS_SH_FILE-} ]]; then
  source "$NIX_ATTRS_SH_FILE"
elif [[ -e .attrs.sh ]]; then
  source ./.attrs.sh
fi
source "$stdenv/setup"
source "$1"
