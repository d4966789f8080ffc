# phasecache from the bundles in dist/, with the host's Node, tar, find and xz.
{
  dist,
  node,
  system,
}:

_final: _previous: {
  # Only the path `${nodejs-slim}/bin/node` is used.
  nodejs-slim = dirOf (dirOf node);

  phasecache = derivation {
    name = "phasecache-dist";
    inherit system node;
    dist = builtins.path {
      name = "dist";
      path = dist;
    };
    tools = builtins.toJSON {
      tar = "/usr/bin/tar";
      find = "/usr/bin/find";
      xz = "/usr/bin/xz";
    };
    PATH = "/usr/bin";
    builder = "/bin/bash";
    args = [
      "-ec"
      ''
        mkdir -p $out/bin $out/lib
        cp -r $dist $out/lib/phasecache
        chmod u+w $out/lib/phasecache
        printf '%s\n' "$tools" > $out/lib/phasecache/tools.json
        printf '#!/bin/bash\nexec %s %s/lib/phasecache/phasecache.mjs "$@"\n' "$node" $out > $out/bin/phasecache
        chmod +x $out/bin/phasecache
        # Without this, bash would exec the last command; Nix kills a builder that closes its output before it ends.
        :
      ''
    ];
  };
}
