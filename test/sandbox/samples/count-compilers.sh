# shellcheck shell=bash
# A setup hook that wraps every compiler on PATH with a counter, and prints the count when the build ends. CMake and meson
# do not look for compilers only in PATH, and cargo, go and npm have their own: they use a launcher instead, which does not
# count queries of a version or target. The wrappers are in a folder whose prefix phasecache uses for its own files, which
# no snapshot contains.
countCompilers() {
  mkdir -p /tmp/phasecache-count
  touch /tmp/phasecache-count/calls
  local name real
  for name in gcc g++ cc c++; do
    real=$(type -P "$name") || continue
    printf '#!/bin/bash\necho "$*" >> /tmp/phasecache-count/calls\nexec %s "$@"\n' "$real" >"/tmp/phasecache-count/$name"
    chmod +x "/tmp/phasecache-count/$name"
  done
  cat >/tmp/phasecache-count/launcher <<'END'
#!/bin/bash
case " $* " in
  *" -vV "* | *" --crate-name ___ "* | *" -V=full "*) ;;
  *) echo "$*" >> /tmp/phasecache-count/calls ;;
esac
exec "$@"
END
  chmod +x /tmp/phasecache-count/launcher
  PATH=/tmp/phasecache-count:$PATH
}
reportCompilers() {
  echo "compiler calls: $(wc -l </tmp/phasecache-count/calls)"
}
postHooks+=(countCompilers)
exitHooks+=(reportCompilers)
