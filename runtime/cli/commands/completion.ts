import { defineCommand } from "../command.ts";

/** The first argument of the scripts' calls. The command prints lines of a word, a tab, and its description. */
export const completeFlag = "--complete";

/** Without candidates, the scripts complete file names. */
const scripts = {
  bash: `_phasecache() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(phasecache ${completeFlag} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  # bash has split the word at its "=" and replaces only what comes after it.
  if [[ \${COMP_WORDS[COMP_CWORD]} == = || \${COMP_WORDS[COMP_CWORD-1]} == = ]]; then
    COMPREPLY=("\${COMPREPLY[@]#*=}")
  fi
}
complete -o default -F _phasecache phasecache
`,
  zsh: `#compdef phasecache
_phasecache() {
  local line
  local -a candidates
  while IFS= read -r line; do
    candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <(phasecache ${completeFlag} "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( $#candidates )); then
    _describe phasecache candidates
  else
    _files
  fi
}
if [[ $funcstack[1] == _phasecache ]]; then
  _phasecache "$@"
else
  compdef _phasecache phasecache
fi
`,
  fish: `function __phasecache_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l candidates (phasecache ${completeFlag} $words[2..] 2>/dev/null)
    if test (count $candidates) -gt 0
        printf '%s\\n' $candidates
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c phasecache -f -a '(__phasecache_complete)'
`,
} as const;

export const completion = defineCommand({
  command: "completion <shell>",
  describe: "Print a shell completion script",
  examples: [
    ["completion bash > ~/.local/share/bash-completion/completions/phasecache", "for bash"],
    ["completion zsh > ~/.zsh/completions/_phasecache", "for zsh, in a directory of $fpath"],
    ["completion fish > ~/.config/fish/completions/phasecache.fish", "for fish"],
  ],
  arguments: {
    shell: {
      choices: Object.keys(scripts) as (keyof typeof scripts)[],
      demandOption: true,
      describe: "The shell",
    },
  },
  handler: ({ shell }) => {
    process.stdout.write(scripts[shell]);
  },
});
