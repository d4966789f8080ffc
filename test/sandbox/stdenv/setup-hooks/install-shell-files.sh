# shellcheck shell=bash
# shellcheck disable=SC2154
# installManPage FILE…; installShellCompletion [--cmd NAME] [--bash|--fish|--zsh] FILE…

installManPage() {
  local page section
  for page in "$@"; do
    section=${page%.gz}
    install -Dm644 "$page" "${!outputMan}/share/man/man${section##*.}/${page##*/}"
  done
}

installShellCompletion() {
  local command='' shell='' name
  while [[ $# -gt 0 ]]; do
    case $1 in
      --cmd) command=$2 && shift ;;
      --bash | --fish | --zsh) shell=${1#--} ;;
      *)
        name=${command:-$(basename "${1%.*}")}
        case ${shell:-${1##*.}} in
          bash) install -Dm644 "$1" "${!outputBin}/share/bash-completion/completions/$name.bash" ;;
          fish) install -Dm644 "$1" "${!outputBin}/share/fish/vendor_completions.d/$name.fish" ;;
          zsh) install -Dm644 "$1" "${!outputBin}/share/zsh/site-functions/_$name" ;;
          *)
            echo "installShellCompletion: which shell is $1 for?" >&2
            return 1
            ;;
        esac
        ;;
    esac
    shift
  done
}
