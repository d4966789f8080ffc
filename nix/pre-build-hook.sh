#!/bin/sh
# Nix's pre-build-hook: mounts the store only for derivations that request it with
# requiredSystemFeatures = [ "phase-cache" ]. In nix.conf:
#
#   pre-build-hook = /path/to/this/script
#   extra-system-features = phase-cache
#
# The store is $PHASECACHE_DIR in the daemon's environment, else /var/cache/phasecache. Nix reads settings from standard
# output, and fails the build if the exit status is not 0.
#
# $1: the derivation. $2: the directory of the sandbox; missing without a sandbox. If Nix's store is not in its usual
# place, the derivation lies beside that directory.
if [ $# -lt 2 ]; then exit 0; fi
drv=$1
if [ ! -r "$drv" ]; then
  drv=${2%/root}
  drv=${drv%.chroot}
fi

# The attribute as a variable of the derivation, and inside the attributes JSON of __structuredAttrs, itself a variable.
string='\("requiredSystemFeatures","([^"]* )?phase-cache( [^"]*)?"\)'
list='\\"requiredSystemFeatures\\":\[([^]]*,)?\\"phase-cache\\"[],]'
if ! grep -Eqs "$string|$list" "$drv"; then exit 0; fi

store=${PHASECACHE_DIR:-/var/cache/phasecache}
# A missing path would fail the build: the question mark of sandbox-paths is not supported here.
if [ -d "$store" ]; then
  # An empty line ends the list.
  printf 'extra-sandbox-paths\n/var/cache/phasecache=%s\n\n' "$store"
fi
exit 0
