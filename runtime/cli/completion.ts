import { defineCommand, type Globals } from "./command.ts";

interface Options extends Globals {
  shell: keyof typeof scripts;
}

/** Each asks the command itself, with what has been typed so far, through yargs' `--get-yargs-completions`. */
const scripts = {
  bash: `_phasecache() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(SHELL=bash ZSH_NAME= phasecache --get-yargs-completions "\${COMP_WORDS[@]:0:COMP_CWORD+1}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _phasecache phasecache
`,
  zsh: `#compdef phasecache
_phasecache() {
  local -a replies
  replies=(\${(f)"$(SHELL=bash ZSH_NAME= phasecache --get-yargs-completions "\${words[@]:0:$CURRENT}" 2>/dev/null)"})
  compadd -a replies || _files
}
compdef _phasecache phasecache
`,
  fish: `complete -c phasecache -f -a '(env SHELL=bash phasecache --get-yargs-completions (commandline -opc) (commandline -ct) 2>/dev/null)'
`,
} as const;

export const completion = defineCommand<Options>({
  command: "completion <shell>",
  describe: "Print a completion script",
  examples: [
    ["completion bash > ~/.local/share/bash-completion/completions/phasecache", "for bash"],
    ["completion fish > ~/.config/fish/completions/phasecache.fish", "for fish"],
  ],
  builder: (parser) =>
    parser.positional("shell", {
      choices: Object.keys(scripts) as Options["shell"][],
      demandOption: true,
      describe: "Which shell",
    }),
  handler: ({ shell }) => {
    process.stdout.write(scripts[shell]);
  },
});
