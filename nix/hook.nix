# The setup hook: registration and thin calls. Everything it runs is named by store path, so that nothing of it
# comes into the build's PATH or environment.
{
  makeSetupHook,
  nodejs-slim,
  phasecache,
}:

makeSetupHook {
  name = "phase-cache-hook";
  substitutions = {
    node = "${nodejs-slim}/bin/node";
    runtime = "${phasecache}/lib/phasecache";
    dump = "${phasecache}/lib/phasecache/dump-state.sh";
  };
} ../hooks/phase-cache-hook.sh
