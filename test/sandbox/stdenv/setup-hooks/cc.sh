# shellcheck shell=bash
# Names of the compiler's and the linker's programs.
export CC=gcc CXX=g++ AR=ar AS=as LD=ld NM=nm RANLIB=ranlib STRIP=strip
export OBJCOPY=objcopy OBJDUMP=objdump READELF=readelf SIZE=size STRINGS=strings
