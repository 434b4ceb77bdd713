"""overseer completion bash|zsh|fish, and what may follow a line that is being typed"""

from argparse import REMAINDER, ArgumentParser, Namespace

from overseer.cli.context import Context
from overseer.errors import DONE

EXAMPLES = {
    "completion": """examples:
  overseer completion bash | sudo tee /etc/bash_completion.d/overseer
  overseer completion zsh > ~/.zfunc/_overseer
  overseer completion fish > ~/.config/fish/completions/overseer.fish
  overseer completion bash wait web --for sto     what may follow that

Commands, options, and what belongs behind each: watches and tags, contacts, incidents, signals,
states, ready-made watches, files. The shell asks overseer while you type, and overseer its daemon.
"""
}
BASH = """\
_overseer() {
    local line paths="" word="${COMP_WORDS[COMP_CWORD]}" overseer="${COMP_WORDS[0]/#\\~/$HOME}"
    local typed=("${COMP_WORDS[@]:1:COMP_CWORD}")
    [ "$word" != "=" ] || word=""
    COMPREPLY=()
    while IFS= read -r line; do
        case "$line" in
            :files) paths=f ;;
            :folders) paths=d ;;
            *) COMPREPLY+=("${line%%$'\\t'*}") ;;
        esac
    done < <("$overseer" completion bash "${typed[@]}" 2>/dev/null)
    [ -n "$paths" ] || return 0
    compopt -o filenames 2>/dev/null
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen "-$paths" -- "$word")
}
complete -F _overseer overseer
"""
ZSH = """\
#compdef overseer
_overseer() {
    local line overseer="${words[1]/#\\~/$HOME}"
    local -a found described
    for line in "${(@f)$("$overseer" completion zsh "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
        case "$line" in
            "") ;;
            :files) _files ;;
            :folders) _files -/ ;;
            *) found+=("${line%%$'\\t'*}") described+=("${line/$'\\t'/  }") ;;
        esac
    done
    (( $#found )) && compadd -l -d described -a found
}
if [[ "$funcstack[1]" == _overseer ]]; then _overseer "$@"; else compdef _overseer overseer; fi
"""
FISH = """\
function __overseer
    set -l typed (commandline -opc)
    set -l word (commandline -ct)
    for line in ($typed[1] completion fish $typed[2..-1] "$word" 2>/dev/null)
        switch "$line"
            case :files
                __fish_complete_path "$word"
            case :folders
                __fish_complete_directories "$word"
            case '*'
                echo $line
        end
    end
end
complete -c overseer -f -a '(__overseer)'
"""
SHELLS = {"bash": BASH, "zsh": ZSH, "fish": FISH}


def add_arguments(parser: ArgumentParser, word: str) -> None:
    parser.add_argument("shell", choices=tuple(SHELLS), help="print what that shell is to read")
    parser.add_argument(
        "typed", nargs=REMAINDER, metavar="WORD ...", help="a line, as far as it is typed"
    )


def run(args: Namespace, context: Context) -> int:
    if not args.typed:
        context.print(SHELLS[args.shell].rstrip())
        return DONE
    from overseer.cli.candidates import Line

    for candidate in Line(args.typed, context, args.shell).candidates():
        context.print(candidate)
    return DONE
