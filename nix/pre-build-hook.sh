#!/bin/sh
# Nix's pre-build-hook: shows the store only to derivations that ask for it, with
# requiredSystemFeatures = [ "phase-cache" ]. In nix.conf:
#
#   pre-build-hook = /path/to/this/script
#   extra-system-features = phase-cache
#
# The store is $PHASECACHE_DIR in the daemon's environment, else /var/cache/phasecache. Nix takes what this prints, and
# fails the build when the exit status is not 0.
#
# $1: the derivation. $2: the sandbox's directory, beside which the derivation lies when Nix's store is not in its
# usual place; there is none without a sandbox.
if [ $# -lt 2 ]; then exit 0; fi
drv=$1
if [ ! -r "$drv" ]; then
  drv=${2%/root}
  drv=${drv%.chroot}
fi

# As a string among the variables, and in the attributes JSON that __structuredAttrs makes, which is such a string.
string='\("requiredSystemFeatures","([^"]* )?phase-cache( [^"]*)?"\)'
list='\\"requiredSystemFeatures\\":\[([^]]*,)?\\"phase-cache\\"[],]'
if ! grep -Eqs "$string|$list" "$drv"; then exit 0; fi

store=${PHASECACHE_DIR:-/var/cache/phasecache}
# What is not there would fail the build: the question mark of sandbox-paths is not known here.
if [ -d "$store" ]; then
  # The empty line ends the list.
  printf 'extra-sandbox-paths\n/var/cache/phasecache=%s\n\n' "$store"
fi
exit 0
