# shellcheck shell=bash
# shellcheck disable=SC1090,SC1091,SC2154
# The builder of every derivation of this stdenv.
if [[ -e .attrs.sh ]]; then source ./.attrs.sh; fi
source "$stdenv/setup"
genericBuild
