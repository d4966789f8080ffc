import { describeCases, type SoundnessCase } from "./check.ts";

/** A package whose buildPhase changes more than files and shell state, and whose installPhase depends on that. */
function packageWith(build: string, install: string): Pick<SoundnessCase, "package" | "edit"> {
  const quoted = (text: string) => `''${text.replaceAll("${", "''${")}''`;
  return {
    package: `buildPhase = ${quoted(`${build}; echo made > $NIX_BUILD_TOP/made`)};
      installPhase = ${quoted(`mkdir -p $out; cp $NIX_BUILD_TOP/made $out; ${install}; runHook postInstall`)};`,
    edit: `preInstall = "true";`,
  };
}

/** Expects that the change is restored. */
const restored = (build: string, install: string): SoundnessCase => ({
  ...packageWith(build, install),
  through: "buildPhase",
});

/** Expects that the phase is not saved, for this reason, because the change can't be restored. */
const unsaved = (build: string, install: string, reason: RegExp): SoundnessCase => ({
  ...packageWith(build, install),
  through: "configurePhase",
  says: new RegExp(`buildPhase is not saved: ${reason.source}`),
});

describeCases("the sandbox's own /tmp and /dev/shm", {
  "a file in /tmp": restored("mkdir -p /tmp/a/b; echo text > /tmp/a/b/c", "cp /tmp/a/b/c $out"),
  "a home in /tmp": restored(
    "export HOME=/tmp/me; mkdir -p $HOME; echo set > $HOME/.rc",
    "cat ~/.rc > $out/rc",
  ),
  "/tmp as home": restored(
    "export HOME=/tmp; mkdir ~/.config; echo set > ~/.config/rc",
    "cp ~/.config/rc $out",
  ),
  "a file in /dev/shm": restored("echo text > /dev/shm/x; chmod 640 /dev/shm/x", "cp -p /dev/shm/x $out"),
  "a directory that denies writing, with links": restored(
    "mkdir /dev/shm/d; echo 1 > /dev/shm/d/x; ln -s x /dev/shm/d/l; ln /dev/shm/d/x /dev/shm/d/h; chmod 500 /dev/shm/d",
    "stat -c '%a %h' /dev/shm/d /dev/shm/d/x > $out/s; cat /dev/shm/d/l >> $out/s",
  ),
  "the output's own path in /tmp": restored(
    "echo $out > /tmp/prefix; ln -s $out /tmp/link",
    "cp -P /tmp/prefix /tmp/link $out",
  ),
  "times, a fifo, unusual names": restored(
    "echo x > '/tmp/=a b'; touch -d @1000.5 '/tmp/=a b'; mkfifo /tmp/+f",
    "stat -c '%Y %F' '/tmp/=a b' > $out/s; stat -c %F /tmp/+f >> $out/s",
  ),
  "files that an earlier phase created and a later one removed": {
    ...restored(
      "echo new > /tmp/b; rm -r /tmp/a",
      "ls -A /tmp | grep -v phasecache > $out/names; cat /tmp/b /tmp/c >> $out/names",
    ),
    package: `configurePhase = "mkdir /tmp/a; echo old > /tmp/a/x; echo old > /tmp/b; echo c > /tmp/c";
      buildPhase = "echo new > /tmp/b; rm -r /tmp/a";
      installPhase = "mkdir -p $out; ls -A /tmp | grep -v phasecache > $out/names; cat /tmp/b /tmp/c >> $out/names; runHook postInstall";`,
  },
  "files that a setup hook creates in every build": {
    ...restored(
      "rm /tmp/own/gone; echo more >> /tmp/own/kept",
      "ls /tmp/own > $out/names; cat /tmp/own/* >> $out/names",
    ),
    hooks: ["mkdir -p /tmp/own; for f in gone kept same; do echo $f > /tmp/own/$f; done"],
  },
  "the working directory in /tmp": restored(
    "mkdir /tmp/w; cd /tmp/w; echo 1 > f",
    "pwd > $out/pwd; cp f $out",
  ),
  "an empty directory, as Java creates it": restored(
    "mkdir /tmp/hsperfdata_nixbld",
    "ls /tmp | grep hsperf > $out/names",
  ),
});

describeCases("phases that can't be restored are not saved", {
  "a file descriptor for writing": unsaved(
    "exec 7> $NIX_BUILD_TOP/log; echo one >&7",
    "echo two >&7; cp $NIX_BUILD_TOP/log $out",
    /it opened file descriptor 7: \/build\/log/,
  ),
  "a file descriptor at an offset": unsaved(
    "printf '1\\n2\\n' > $NIX_BUILD_TOP/in; exec 8< $NIX_BUILD_TOP/in; read -r -u 8 line",
    "read -r -u 8 line; echo $line > $out/line",
    /it opened file descriptor 8/,
  ),
  "standard output redirected to a program": unsaved(
    "exec > >(tee -a $NIX_BUILD_TOP/log)",
    "echo word; sleep 0.5; grep -c word $NIX_BUILD_TOP/log > $out/count",
    /it redirected file descriptor 1/,
  ),
  "standard error redirected to a file, to which the hook writes nothing": unsaved(
    "exec 2> $NIX_BUILD_TOP/err; echo one >&2",
    "echo two >&2; cp $NIX_BUILD_TOP/err $out",
    /it redirected file descriptor 2: \/build\/err/,
  ),
  "standard input redirected from a file": unsaved(
    "echo text > $NIX_BUILD_TOP/in; exec < $NIX_BUILD_TOP/in",
    "cat > $out/text",
    /it redirected file descriptor 0/,
  ),
  "a lock": unsaved(
    "exec 9> $NIX_BUILD_TOP/lock; flock 9",
    "if flock -n $NIX_BUILD_TOP/lock true; then echo free; else echo held; fi > $out/state",
    /it opened file descriptor 9/,
  ),
  "a coprocess": unsaved(
    "coproc cat",
    `echo text >&\${COPROC[1]}; read -r -u \${COPROC[0]} line; echo $line > $out/line`,
    /it left a background job: Running coproc/,
  ),
  "a running job": unsaved(
    "sleep 60 & pid=$!",
    "kill $pid; echo $? > $out/status",
    /it left a background job: Running sleep/,
  ),
  "a job that has ended and was not waited for": unsaved(
    "(echo late > $NIX_BUILD_TOP/late) & pid=$!; sleep 0.5",
    "wait $pid; cp $NIX_BUILD_TOP/late $out",
    /it left a background job: Done/,
  ),
  "a disowned job": unsaved(
    "sleep 60 & disown; echo $! > $NIX_BUILD_TOP/pid",
    "kill $(cat $NIX_BUILD_TOP/pid); echo $? > $out/status",
    /sleep \(process \d+\) is still running/,
  ),
  "a server": unsaved(
    `mkdir w; echo page > w/f; (cd w; exec python3 -m http.server 8080 --bind 127.0.0.1 > /dev/null 2>&1 &)
      until python3 -c 'import socket; socket.create_connection(("127.0.0.1", 8080))' 2>/dev/null; do sleep 0.1; done`,
    `python3 -c 'import urllib.request as u; print(u.urlopen("http://127.0.0.1:8080/f").read())' > $out/page`,
    /python3 \(process \d+\) is still running/,
  ),
  "a daemon in its own session": unsaved(
    "setsid -f sleep 60 < /dev/null > /dev/null 2>&1",
    "pkill -x sleep; echo $? > $out/status",
    /sleep \(process \d+\) is still running/,
  ),
  "a resource limit": unsaved(
    "ulimit -S -s 4096",
    "ulimit -s > $out/limit",
    /it changed the limit "Max stack size"/,
  ),
  "a disabled builtin": {
    ...unsaved("enable -n test", "type -t test > $out/type", /./),
    says: /a phase disabled or replaced builtins/,
  },
  "a command hashed to another path": unsaved(
    "printf '#!/bin/sh\\necho mine\\n' > $NIX_BUILD_TOP/x; chmod +x $NIX_BUILD_TOP/x; hash -p $NIX_BUILD_TOP/x frob",
    "frob > $out/text",
    /bash has hashed the command frob as \/build\/x/,
  ),
  "a hashed command that an earlier PATH entry now shadows": unsaved(
    `mkdir $NIX_BUILD_TOP/bin; PATH=$NIX_BUILD_TOP/bin:$PATH; rev < /dev/null
      printf '#!/bin/sh\\necho mine\\n' > $NIX_BUILD_TOP/bin/rev; chmod +x $NIX_BUILD_TOP/bin/rev`,
    "echo abc | rev > $out/text",
    /bash has hashed the command rev as \S+\/rev/,
  ),
  "exported SHELLOPTS": unsaved(
    "export SHELLOPTS; set -o noglob",
    "bash -c 'echo *' > $out/text",
    /it changed the export attribute of SHELLOPTS/,
  ),
  "exported BASHOPTS": unsaved(
    "shopt -s nocaseglob; export BASHOPTS",
    "bash -c 'shopt nocaseglob' > $out/text",
    /it changed the export attribute of BASHOPTS/,
  ),
  "the mode of the build directory": unsaved(
    "chmod 711 $NIX_BUILD_TOP",
    "stat -c %a $NIX_BUILD_TOP > $out/mode",
    /it changed the build directory's mode: \d+ → 711/,
  ),
  "the shell's niceness": unsaved(
    "renice -n 19 $$ > /dev/null",
    "nice > $out/nice",
    /it changed the shell's scheduling/,
  ),
  "a file beside the outputs": unsaved(
    "echo text > $NIX_STORE/beside",
    "cp $NIX_STORE/beside $out; rm $NIX_STORE/beside",
    /it left \/nix\/store\/beside/,
  ),
  "System V shared memory": unsaved(
    "ipcmk -M 100 > /dev/null",
    "ipcs -m | grep -c 0x > $out/count",
    /it left a System V IPC object: shm/,
  ),
  "a working directory that was removed": unsaved(
    "mkdir q; cd q; rmdir ../q",
    "pwd > $out/pwd",
    /it left the shell in \/build\/q, which does not exist/,
  ),
});

describeCases("processes that do not prevent a restore", {
  "a process that ends by itself": restored(
    "(setsid bash -c 'sleep 0.1; echo late > $NIX_BUILD_TOP/late' < /dev/null > /dev/null 2>&1 &)",
    "sleep 0.3; cp $NIX_BUILD_TOP/late $out",
  ),
  "a job that was waited for": restored("sleep 0.1 & wait $!", "echo ok > $out/ok"),
  "a helper that is started again on demand": {
    ...restored(
      "cp /usr/bin/sleep gpg-agent; (setsid ./gpg-agent 60 < /dev/null > /dev/null 2>&1 &)",
      "echo ok > $out/ok",
    ),
    says: /gpg-agent \(process \d+\) is still running after buildPhase; a build that restores this phase has to start it again/,
  },
  "a server that ends in the same phase": {
    ...restored("sleep 60 & pid=$!; kill $pid; wait $pid || :", "echo ok > $out/ok"),
  },
  "a server that a later phase ends: that phase is saved": {
    package: `buildPhase = "(sleep 60 < /dev/null > /dev/null 2>&1 & echo $! > $NIX_BUILD_TOP/pid)";
      preInstallPhases = [ "endPhase" ]; endPhase = "kill $(cat $NIX_BUILD_TOP/pid)";
      installPhase = "mkdir -p $out; runHook postInstall";`,
    edit: `preInstall = "true";`,
    through: "endPhase",
    says: /buildPhase is not saved: sleep .* is still running; no later phase is saved while this lasts/,
  },
});
