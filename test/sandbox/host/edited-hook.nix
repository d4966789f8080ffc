# phaseCacheHook with a copy of the runtime, which the bash code `edit` modifies. It runs in the runtime's folder. `$node`
# is the Node that the hook starts; if the code creates a program `node`, the hook starts that instead. The runtime must
# make progress within three seconds.
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
