# shellcheck shell=bash
# The names of the programs of the compiler and the linker.
export CC=gcc CXX=g++ AR=ar AS=as LD=ld NM=nm RANLIB=ranlib STRIP=strip
export OBJCOPY=objcopy OBJDUMP=objdump READELF=readelf SIZE=size STRINGS=strings
