const bookkeeping = "bash's own bookkeeping of the running command";
const caller = "describes how this shell was started";
const identity = "identifies the process and its user";
const clock = "has another value at every read";
const completion = "belongs to interactive completion";
const derived = "derived from the options, which are restored";

/** Variables that are not part of the state, with the reasons. */
const excludedVariables: Readonly<Record<string, string>> = {
  _: bookkeeping,
  BASH_ARGC: bookkeeping,
  BASH_ARGV: bookkeeping,
  BASH_COMMAND: bookkeeping,
  BASH_LINENO: bookkeeping,
  BASH_REMATCH: bookkeeping,
  BASH_SOURCE: bookkeeping,
  BASH_SUBSHELL: bookkeeping,
  BASH_TRAPSIG: bookkeeping,
  FUNCNAME: bookkeeping,
  LINENO: bookkeeping,
  PIPESTATUS: bookkeeping,
  BASH_CMDS: "bash's cache of the paths of commands, which bash fills again",
  BASH: caller,
  BASH_ARGV0: caller,
  BASH_EXECUTION_STRING: caller,
  BASH_VERSINFO: caller,
  BASH_VERSION: caller,
  BASH_LOADABLES_PATH: caller,
  BASHPID: identity,
  EUID: identity,
  GROUPS: identity,
  PPID: identity,
  UID: identity,
  BASH_MONOSECONDS: clock,
  EPOCHREALTIME: clock,
  EPOCHSECONDS: clock,
  RANDOM: clock,
  SECONDS: clock,
  SRANDOM: clock,
  COMP_CWORD: completion,
  COMP_KEY: completion,
  COMP_LINE: completion,
  COMP_POINT: completion,
  COMP_TYPE: completion,
  COMP_WORDBREAKS: completion,
  COMP_WORDS: completion,
  COMPREPLY: completion,
  HISTCMD: "counts the lines of the history",
  BASHOPTS: derived,
  SHELLOPTS: derived,
  PWD: "derived from the working directory, which is restored",
  BASH_XTRACEFD: "names a file descriptor, and those are not restored",
  NIX_LOG_FD: "names a file descriptor that Nix opens for each build",
  curPhase: "set by stdenv's loop over the phases",
};

/** Variables that get their final value even if the new build starts with another value, with the reasons. */
const finalValueVariables: Readonly<Record<string, string>> = {
  OLDPWD: "the previous working directory: working directories are always restored",
  DIRSTACK: "directories to return to: these are always restored",
  NIX_BUILD_CORES: "another machine may have more cores, but a phase that set it needs its own value",
  TERM: "Nix passes on the user's terminal, but a phase that set it needs its own value",
};

/** Options that are not part of the state, with the reasons. */
const excludedOptions: Readonly<Record<string, string>> = {
  "shopt login_shell": caller,
  "shopt restricted_shell": caller,
  "set -o restricted": caller,
  "set -o privileged": identity,
  "set -o noexec": "with it, the shell runs no further command",
  "set -o onecmd": "with it, the shell exits after the next command",
};

/** Whether a variable is not part of the state: it is the shell's own, or phasecache's. */
export function isExcludedVariable(name: string): boolean {
  return Object.hasOwn(excludedVariables, name) || isHookName(name);
}

/** Whether a variable gets its final value even if the new build starts with another value. */
export function keepsFinalValue(name: string): boolean {
  return Object.hasOwn(finalValueVariables, name);
}

/** Whether an option is not part of the state. */
export function isExcludedOption(name: string): boolean {
  return Object.hasOwn(excludedOptions, name);
}

/** Whether a variable or function belongs to the hook. */
export function isHookName(name: string): boolean {
  return name.startsWith("_phaseCache");
}
