# shellcheck shell=bash
# The script of derivations without a `builder`.
genericBuild
