const bookkeeping = "bash's own bookkeeping of the running command";
const caller = "says how this shell was started";
const identity = "names the process and its user";
const clock = "another value each time it is read";
const completion = "of interactive completion";
const follows = "follows the options, which are restored";

/** Variables that are no part of the state, each with the reason. */
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
  BASH_CMDS: "bash's memory of where it found commands, which it finds again",
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
  BASHOPTS: follows,
  SHELLOPTS: follows,
  PWD: "follows the working directory, which is restored",
  BASH_XTRACEFD: "names a file descriptor, and those are not restored",
  NIX_LOG_FD: "names a file descriptor that Nix gives to each build",
  curPhase: "stdenv's loop over the phases sets it",
};

/** Variables whose last value counts, whatever the next build starts with. */
const finalValueVariables: Readonly<Record<string, string>> = {
  OLDPWD: "the directory before the working directory, which is always restored",
  DIRSTACK: "directories to return to, and those are restored",
  NIX_BUILD_CORES: "the next machine may have more cores; a phase that set it means its own value",
  TERM: "Nix gives the terminal that it has; a phase that set it means its own value",
};

/** Options that are no part of the state, each with the reason. */
const excludedOptions: Readonly<Record<string, string>> = {
  "shopt login_shell": caller,
  "shopt restricted_shell": caller,
  "set -o restricted": caller,
  "set -o privileged": identity,
  "set -o noexec": "a shell that has it set runs nothing any more",
  "set -o onecmd": "a shell that has it set ends after the next command",
};

/** Whether a variable is the shell's own or phasecache's. */
export function isExcludedVariable(name: string): boolean {
  return Object.hasOwn(excludedVariables, name) || isHookName(name);
}

export function keepsFinalValue(name: string): boolean {
  return Object.hasOwn(finalValueVariables, name);
}

export function isExcludedOption(name: string): boolean {
  return Object.hasOwn(excludedOptions, name);
}

/** Whether the hook brought this name into the build. */
export function isHookName(name: string): boolean {
  return name.startsWith("_phaseCache");
}
