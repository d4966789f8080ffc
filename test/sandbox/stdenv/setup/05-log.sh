# shellcheck shell=bash
# shellcheck disable=SC2154
# Functions that write to Nix's log, with the name of the function that called them: the hook's, if code in a variable did.

# nixLog TEXT…: writes at every level.
nixLog() {
  if [[ -z ${NIX_LOG_FD-} ]]; then return 0; fi
  local caller=${FUNCNAME[1]}
  if [[ $caller == _callImplicitHook ]]; then caller=$hookName; fi
  printf '%s: %s\n' "$caller" "$*" >&"$NIX_LOG_FD"
}

# _nixLogWithLevel LEVEL TEXT: writes if $NIX_DEBUG is at least LEVEL. Only the functions below call it.
_nixLogWithLevel() {
  if [[ -z ${NIX_LOG_FD-} || ${NIX_DEBUG:-0} -lt $1 ]]; then return 0; fi
  local -a names=(ERROR WARN NOTICE INFO TALKATIVE CHATTY DEBUG VOMIT)
  local caller=${FUNCNAME[2]}
  if [[ $caller == _callImplicitHook ]]; then caller=$hookName; fi
  printf '%s: %s: %s\n' "${names[$1]}" "$caller" "$2" >&"$NIX_LOG_FD"
}

nixErrorLog() { _nixLogWithLevel 0 "$*"; }
nixWarnLog() { _nixLogWithLevel 1 "$*"; }
nixNoticeLog() { _nixLogWithLevel 2 "$*"; }
nixInfoLog() { _nixLogWithLevel 3 "$*"; }
nixTalkativeLog() { _nixLogWithLevel 4 "$*"; }
nixChattyLog() { _nixLogWithLevel 5 "$*"; }
nixDebugLog() { _nixLogWithLevel 6 "$*"; }
nixVomitLog() { _nixLogWithLevel 7 "$*"; }
