# The sources of the soak test's package: a configure script, a program with a library, and a text file, which all contain
# the install prefix.
{ runCommand, word }:

runCommand "soak-source" { inherit word; } ''
  mkdir -p $out/data
  cd $out
  printf '%s\n' "$word" > data/word
  head -c 20000 /dev/zero > data/zeros
  ln -s word data/link
  cat > configure <<'END'
  #!/bin/bash
  set -e
  prefix=/usr/local libdir= kind=plain
  for argument; do
    case $argument in
      --prefix=*) prefix=''${argument#*=} ;;
      --libdir=*) libdir=''${argument#*=} ;;
      --with-kind=*) kind=''${argument#*=} ;;
    esac
  done
  libdir=''${libdir:-$prefix/lib}
  printf 'prefix = %s\nlibdir = %s\nkind = %s\n' "$prefix" "$libdir" "$kind" > config.mk
  printf '#define PREFIX "%s"\n#define KIND "%s"\n' "$prefix" "$kind" > config.h
  echo "marks: ''${marks-none}" > config.log
  END
  chmod +x configure
  cat > Makefile <<'END'
  include config.mk
  WORD = none
  NOTE = none
  all: program libpart.a text
  program: main.o libpart.a
  	$(CC) -o $@ main.o libpart.a
  libpart.a: part.o
  	rm -f $@
  	ar rcs $@ part.o
  %.o: %.c config.h
  	$(CC) -O1 -DWORD='"$(WORD)"' -c -o $@ $<
  text: text.in data/word
  	sed 's|@prefix@|$(prefix)|; s|@libdir@|$(libdir)|; s|@word@|$(WORD)|' text.in > $@
  	cat data/word >> $@
  check: all
  	./program > checked
  	grep -q kind checked
  install: all
  	mkdir -p $(prefix)/bin $(prefix)/share $(libdir)
  	cp program $(prefix)/bin
  	cp libpart.a $(libdir)
  	cp -d text config.log data/link $(prefix)/share
  	echo '$(NOTE) $(WORD)' > $(prefix)/share/note
  END
  sed -i 's/^  //' configure Makefile
  cat > main.c <<END
  #include <stdio.h>
  #include "config.h"
  extern const char *part(void);
  static const char prefix[] = PREFIX "/share";
  int main(void) { puts(prefix); puts(part()); puts("kind " KIND " word " WORD " $word"); return 0; }
  END
  cat > part.c <<'END'
  #include "config.h"
  static const char where[] = PREFIX "/lib";
  const char *part(void) { return where; }
  END
  printf 'prefix=@prefix@\nlibdir=@libdir@\nword=@word@\n' > text.in
''
