# shellcheck shell=bash
# shellcheck disable=SC1090,SC1091,SC2154
# What every derivation of this stdenv starts with.
if [[ -e .attrs.sh ]]; then source ./.attrs.sh; fi
source "$stdenv/setup"
genericBuild
