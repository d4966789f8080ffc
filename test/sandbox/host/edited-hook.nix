# phaseCacheHook with a runtime of its own, which a piece of bash has changed in the runtime's folder. There `$node` is
# the Node that the hook starts; a program `node` that is made there is started instead. The runtime has three seconds to
# show progress.
{
  runCommand,
  phasecache,
  phaseCacheHook,
  edit,
}:

runCommand "edited-hook" { inherit edit; } ''
  mkdir -p $out/nix-support
  cp -r ${phasecache}/lib/phasecache $out/runtime
  chmod -R u+w $out/runtime
  hook=$out/nix-support/setup-hook
  sed "s,${phasecache}/lib/phasecache,$out/runtime,g; s,${phaseCacheHook},$out,g" \
    ${phaseCacheHook}/nix-support/setup-hook > $hook
  node=$(sed -n 's/.*_phaseCacheWatch "\([^"]*\)".*/\1/p' $hook)
  cd $out/runtime
  sed -i "s/-t 300/-t 3/" watch.sh
  eval "$edit"
  if [[ -e node ]]; then sed -i "s,_phaseCacheWatch \"$node\",_phaseCacheWatch \"$out/runtime/node\"," $hook; fi
''
